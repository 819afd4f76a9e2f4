"""Words that change nothing, words that name what cannot be shown, and makers' names."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


STOP_WORDS = word_set("""
        a an the this that these those some any my our your its his her their it is are be being
        been and or but as to for from by of with without on in at into onto over under near
        next beside between behind against atop upon front side top through across around up
        down out off very really quite so such which who where while there here all both each
        every one please create make generate show want need i we you me us can could would
        should will let like also then than just only not no s t
    """)
# The language of briefs: how a picture should feel. The renderer always does its best.
FLUFF = word_set("""
        product photo photograph photography photographic photoshoot shot shoot image picture
        pic render rendering rendered 3d visual visualization packshot commercial advertising
        advertisement advert ad ads campaign e-commerce ecommerce commerce online store shop
        webshop website web listing catalog catalogue marketplace social media post instagram
        banner hero header cover-shot mockup mock-up template concept design designer designed
        luxury luxurious premium elegant modern contemporary classic vintage retro timeless
        minimalist minimalistic minimal simple clean sleek stylish chic trendy beautiful
        gorgeous stunning amazing nice pretty perfect high quality hq hd uhd 4k 8k 2k resolution
        detailed detail details highly ultra realistic photorealistic hyperrealistic
        hyper-realistic photo-realistic professional pro sharp crisp focus focused depth field
        bokeh blur blurred blurry composition centered centred center centre middle isolated
        editorial magazine style styled styling stylized aesthetic look looking feel feeling
        mood atmosphere ambience ambient lifestyle fashion beauty brand branded branding new
        fresh handmade hand-made handcrafted hand-crafted artisan artisanal craft crafted
        organic natural eco eco-friendly sustainable vegan generic light lighting lit lights
        soft subtle gentle shadow shadows reflection reflections highlight highlights warm cool
        bright dark pale deep rich vivid vibrant colorful colourful neutral tone tones toned
        color colour colors colours coloured colored large big small little tiny mini tall short
        wide slim thin thick round square rectangular oval curved flat long single double pair
        set collection line range series placed standing sitting resting lying displayed
        displaying shown showing presented featuring floating hanging positioned arranged made
        item object piece unit goods scandinavian nordic japanese italian french bohemian boho
        rustic industrial futuristic cinematic dramatic moody exclusive best high-end highend
        end expensive classy everyday daily casual sporty sports sport athletic outdoor-style
        comfortable cute lovely mens men's womens women's unisex ladies kids children's baby
        camera lens 35mm 50mm 85mm 100mm f/1.8 f/2.8 dslr shallow angle view front three-quarter
        perspective close-up macro studio background backdrop scene setting setup set-up
        environment surface space negative copy smooth textured texture pattern plain solid
        seamless gradient fine grained grain finish finished accent accents detailing hardware
        trim body lid cap handle strap straps label labeled labelled labelling logo text
        lettering typography print printed reading saying says written name named titled word
        words called empty full filled closed open folded stacked new-in brand-new scented
        unscented wireless portable electric smart digital reusable insulated refillable
        double-walled running over-ear in-ear noise-cancelling mechanical rgb ergonomic realism
        aspect ratio square-format vertical horizontal portrait landscape no people
        award-winning masterpiece trending octane unreal engine ray tracing raytraced skincare
        cosmetic cosmetics footwear tableware homeware accessories accessory apparel clothing
        ideal sale gift present season seasonal launch homepage page use used using shopify
        amazon etsy
    """)
# The subject is something else than a product.
UNSUPPORTED: dict[str, str] = {
    **dict.fromkeys(
        word_set("""
                person people woman women man men girl boy child children kid model hand hands
                finger fingers face influencer athlete runner couple family customer baby-model
                human
            """),
        "people",
    ),
    **dict.fromkeys(
        word_set("""
                dog cat puppy kitten horse bird fish animal pet lion tiger elephant butterfly
                rabbit wolf fox deer snake spider bee
            """),
        "animals",
    ),
    **dict.fromkeys(
        word_set("""
                beach forest street city mountain mountains ocean sea sky river lake garden park
                desert outdoor outdoors outside nature landscape rooftop skyline jungle meadow
                island waterfall road space-station moon
            """),
        "outdoor scenes",
    ),
    **dict.fromkeys(
        word_set("""
                splash splashes smoke fog steam fire flame flames explosion rain snow droplet
                droplets water bubbles ice sparks glitter confetti dust
            """),
        "splashes, smoke and weather",
    ),
    **dict.fromkeys(
        word_set("""
                flower flowers petal petals leaf leaves plant plants botanical botanicals
                foliage branch branches twig twigs moss pampas eucalyptus fruit fruits berries
                herbs beans spices pebbles stones rocks shells feathers ribbon ribbons props
                prop
            """),
        "decoration around the product",
    ),
}
# Names of makers and their marks. They are never drawn, only quoted text is.
BRANDS: dict[str, str] = {
    **dict.fromkeys(
        word_set("""
                nike adidas puma reebok converse vans asics fila jordan jordans crocs
                birkenstock timberland gucci prada chanel dior hermes hermès birkin versace
                burberry fendi balenciaga valentino ysl lego barbie disney pokemon pokémon
                hello-kitty marvel nintendo playstation xbox sony samsung huawei xiaomi bose jbl
                sennheiser canon nikon leica fujifilm gopro dyson nespresso kitchenaid smeg ikea
                rolex omega-watch cartier tiffany swatch casio seiko tag-heuer patek audemars
                coca-cola coke pepsi fanta sprite starbucks nescafe nestle nutella ferrero lindt
                milka oreo heineken guinness budweiser corona smirnoff absolut jack-daniels
                nivea l'oreal loreal maybelline clinique lancome lancôme sephora levis levi's
                lacoste zara uniqlo supreme patagonia ray-ban rayban oakley tesla bmw mercedes
                ferrari porsche google microsoft stanley yeti hydroflask tupperware moleskine
                montblanc samsonite
            """),
        "",
    ),
    "new balance": "",
    "louis vuitton": "",
    "coca cola": "",
    "calvin klein": "",
    "tommy hilfiger": "",
    "ralph lauren": "",
    "hello kitty": "",
    "dr martens": "",
    "tom ford": "",
    "estee lauder": "",
    "under armour": "",
    "apple watch": "watch",
    "iphone": "phone",
    "ipad": "tablet",
    "macbook": "laptop",
    "airpods": "earbuds",
    "airpod": "earbuds",
    "kindle": "tablet",
    "birkin bag": "handbag",
    "air jordan": "sneaker",
    "air jordans": "sneaker",
}
"""Brand word -> the plain product noun that it stands for, or ""."""
