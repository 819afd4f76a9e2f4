"""What comes back, as the API writes it: dictionaries with known keys.

`NotRequired` keys are there only where they apply. A test compares every key here with the
server's OpenAPI document; a newer server may send more.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Status = Literal["queued", "running", "succeeded", "failed", "blocked", "cancelled", "expired"]


class Engine(TypedDict):
    name: str
    version: str
    kind: str
    neural: bool


class Compliance(TypedDict):
    rule: str
    required: str
    actual: str
    passed: bool


class Outcome(TypedDict):
    """What is known of every finished picture."""

    mode: str
    resolution: str
    pointsUsed: float
    tier: str
    costPerOperation: float
    remainingBalance: float | None
    processingTimeMs: int | None
    totalTimeMs: int | None
    generationId: str
    engine: Engine
    model: str
    seed: int
    notes: list[str]
    recipeId: NotRequired[str]
    understood: NotRequired[list[str]]
    notUnderstood: NotRequired[list[str]]
    requestedMode: NotRequired[str]
    standIn: NotRequired[bool]
    fidelity: NotRequired[float]
    compliance: NotRequired[list[Compliance]]
    operations: NotRequired[list[dict[str, Any]]]
    metadata: NotRequired[dict[str, str]]
    testMode: NotRequired[bool]
    message: NotRequired[str]


class CreatedImage(Outcome):
    imageUrl: str | None


class MadeImages(Outcome):
    imageUrls: list[str]


class AcceptedJob(TypedDict):
    id: str
    status: Status
    pollUrl: str
    eventsUrl: str
    estimatedSeconds: int
    testMode: NotRequired[bool]


class BucketShare(TypedDict):
    bucketId: str
    tier: str
    points: float


class DryRun(TypedDict):
    dryRun: bool
    mode: str
    tier: str
    costPerOperation: float
    pointsRequired: float
    balance: float | None
    sufficient: bool
    buckets: list[BucketShare]
    testMode: NotRequired[bool]
    message: NotRequired[str]


class GenerationSummary(TypedDict):
    id: str
    status: Status
    operation: str
    mode: str
    resolution: str
    pointsUsed: float
    imageUrls: list[str]
    thumbnailUrls: NotRequired[list[str]]
    metadata: dict[str, str]
    batchId: NotRequired[str | None]
    productId: NotRequired[str | None]
    review: NotRequired[str | None]
    createdAt: NotRequired[str]
    finishedAt: NotRequired[str | None]


class Failure(TypedDict):
    code: str
    message: str


class Generation(GenerationSummary):
    requestedMode: NotRequired[str]
    recipe: NotRequired[dict[str, Any]]
    recipeId: NotRequired[str]
    pointsHeld: NotRequired[float]
    attempts: NotRequired[int]
    progress: NotRequired[dict[str, Any]]
    correlationId: NotRequired[str]
    result: NotRequired[CreatedImage | MadeImages]
    reviewNote: NotRequired[str]
    reviewedAt: NotRequired[str]
    error: NotRequired[Failure]
    testMode: NotRequired[bool]


class CancelledGeneration(TypedDict):
    id: str
    status: Status


class ReviewedGeneration(TypedDict):
    id: str
    review: str | None
    note: str
    reviewedAt: str | None
    testMode: NotRequired[bool]


class BatchItem(TypedDict):
    index: int
    id: str
    status: Status


class AcceptedBatch(TypedDict):
    id: str
    status: Literal["processing", "completed"]
    total: int
    pollUrl: str
    items: list[BatchItem]
    testMode: NotRequired[bool]


class RenderLink(TypedDict):
    url: str
    token: str
    testMode: NotRequired[bool]


class ShopLink(TypedDict):
    """A shop whose products get pictures. `styles` by role; no role, no picture."""

    name: Literal["shopify", "woocommerce"]
    webhookUrl: str
    topics: list[str]
    styles: dict[str, str]


class LinkedShop(TypedDict):
    message: str
    shop: ShopLink
    webhookSecret: NotRequired[str]


class ShopPicture(TypedDict):
    role: str
    style: str
    status: str
    generationId: str | None
    shopImageId: str | None
    problem: str | None


class ShopProduct(TypedDict):
    productId: str
    title: str
    problem: str | None
    pictures: list[ShopPicture]
    updatedAt: str


class ShopStatus(TypedDict):
    shop: ShopLink
    products: list[ShopProduct]


class BatchSummary(TypedDict):
    id: str
    status: Literal["processing", "completed"]
    total: int
    completed: int
    succeeded: int
    failed: int
    metadata: dict[str, str]
    createdAt: str
    finishedAt: str | None


class BatchedGeneration(Generation):
    index: int


class Batch(BatchSummary):
    items: list[BatchedGeneration]
    testMode: NotRequired[bool]


class BatchItemPrice(TypedDict):
    index: int
    operation: str
    pointsRequired: float


class BatchDryRun(TypedDict):
    dryRun: bool
    total: int
    pointsRequired: float
    balance: float | None
    sufficient: bool
    items: list[BatchItemPrice]
    buckets: list[BucketShare]
    testMode: NotRequired[bool]


class Product(TypedDict):
    id: str
    sku: str
    title: str
    imageUrl: str
    metadata: dict[str, str]
    createdAt: str
    updatedAt: str


class Usage(TypedDict):
    last30Days: dict[str, int]
    points: dict[str, Any]
    currentPricing: dict[str, Any] | None
    activeBuckets: list[dict[str, Any]]
    allTierPricing: dict[str, Any]
    supportedResolutions: list[str]
    defaultResolution: str
    testMode: NotRequired[bool]
