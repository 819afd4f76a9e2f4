"""Fashion: bags, shoes, garments, watches, jewellery."""
