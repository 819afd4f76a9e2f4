"""The categories a store may have (ShopIQ API documentation, "Supported E-Commerce Categories")."""

from __future__ import annotations

MOST = 5

CATEGORIES: tuple[str, ...] = (
    "Fashion & Clothing",
    "Footwear",
    "Accessories",
    "Bags & Luggage",
    "Jewelry & Watches",
    "Beauty & Skincare",
    "Health & Wellness",
    "Sports & Fitness",
    "Electronics & Gadgets",
    "Home & Furniture",
    "Kitchen & Dining",
    "Toys & Games",
    "Books & Stationery",
    "Food & Beverages",
    "Pet Supplies",
    "Baby & Kids",
    "Automotive & Parts",
    "Art & Crafts",
    "Music & Instruments",
    "Outdoor & Camping",
)
