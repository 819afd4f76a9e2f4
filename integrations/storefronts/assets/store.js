// Cart and search of a store. The cart lives in this browser only.
"use strict";

const KEY = "cart";

function readCart() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) || {};
    return Object.fromEntries(Object.entries(kept).filter(([, count]) => count > 0));
  } catch {
    return {};
  }
}

function writeCart(cart) {
  localStorage.setItem(KEY, JSON.stringify(cart));
  showCount();
}

function showCount() {
  const count = Object.values(readCart()).reduce((sum, one) => sum + one, 0);
  for (const badge of document.querySelectorAll("[data-count]")) {
    badge.textContent = String(count);
    badge.hidden = count === 0;
  }
}

let listing;
async function products() {
  listing ??= fetch(document.body.dataset.listing).then((answer) => answer.json());
  return listing;
}

function money(amount) {
  const whole = Number.isInteger(amount);
  const text = amount.toLocaleString("en", {
    minimumFractionDigits: whole ? 0 : 2,
    maximumFractionDigits: whole ? 0 : 2,
  });
  return document.body.dataset.currency + text;
}

function make(tag, facts = {}, ...children) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...children);
  return element;
}

function card(product) {
  const image = make("img", { src: product.picture, alt: "", width: 320, height: 320, loading: "lazy" });
  const link = make("a", { href: `/products/${product.slug}`, textContent: product.name });
  return make(
    "li",
    { className: "card" },
    make("div", { className: "frame" }, image),
    make("h3", {}, link),
    make("p", { className: "price", textContent: product.shown }),
  );
}

function startBuying(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = Math.min(99, Math.max(1, Math.trunc(Number(form.elements.count.value)) || 1));
    const cart = readCart();
    const slug = form.dataset.product;
    cart[slug] = Math.min(99, (cart[slug] || 0) + wanted);
    writeCart(cart);
    document.querySelector("[data-said]").textContent = "It is in your cart.";
  });
}

async function startSearch(form) {
  const field = form.elements.q;
  const list = document.querySelector("[data-results]");
  const said = document.querySelector("[data-said]");
  const all = await products();
  function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((product) => {
      const text = `${product.name} ${product.category} ${product.text}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    list.replaceChildren(...found.map(card));
    const many = found.length === 1 ? "1 product" : `${found.length} products`;
    said.textContent = words.length ? `${many} for “${field.value.trim()}”` : many;
  }
  field.value = new URLSearchParams(location.search).get("q") || "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
    show();
  });
  field.addEventListener("input", show);
  show();
}

async function startCart(place) {
  const all = Object.fromEntries((await products()).map((product) => [product.slug, product]));
  const empty = document.querySelector("[data-empty]");
  const full = document.querySelector("[data-full]");
  const order = document.querySelector("[data-order]");

  function line(slug, count) {
    const product = all[slug];
    const id = `count-${slug}`;
    const field = make("input", { id, type: "number", min: 0, max: 99, value: count });
    field.addEventListener("change", () => set(slug, Number(field.value)));
    const remove = make("button", { type: "button", className: "link", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove ${product.name}`);
    remove.addEventListener("click", () => set(slug, 0));
    const label = make("label", { htmlFor: id, textContent: `Quantity of ${product.name}` });
    label.className = "quiet";
    const change = make("div", { className: "change" }, field, remove);
    const link = make("a", { href: `/products/${slug}`, textContent: product.name });
    return make(
      "li",
      {},
      make("img", { src: product.picture, alt: "", width: 96, height: 96 }),
      make("div", {}, make("strong", {}, link), label, change),
      make("span", { className: "price sum", textContent: money(product.price * count) }),
    );
  }

  function set(slug, count) {
    const cart = readCart();
    const whole = Math.min(99, Math.max(0, Math.trunc(count) || 0));
    if (whole) cart[slug] = whole;
    else delete cart[slug];
    writeCart(cart);
    show();
  }

  function show() {
    const lines = Object.entries(readCart()).filter(([slug]) => slug in all);
    const total = lines.reduce((sum, [slug, count]) => sum + all[slug].price * count, 0);
    place.replaceChildren(...lines.map(([slug, count]) => line(slug, count)));
    document.querySelector("[data-total]").textContent = money(total);
    empty.hidden = lines.length > 0;
    full.hidden = lines.length === 0;
    if (order) {
      const text = lines.map(([slug, count]) => `${count} x ${all[slug].name}`).join("\n");
      const body = `Hello,\n\nI would like to order:\n\n${text}\n\nTotal: ${money(total)}\n`;
      const subject = encodeURIComponent(`Order at ${document.body.dataset.shop}`);
      order.href = `mailto:${order.dataset.order}?subject=${subject}&body=${encodeURIComponent(body)}`;
    }
  }

  addEventListener("storage", show);
  show();
}

showCount();
addEventListener("storage", showCount);
for (const form of document.querySelectorAll("[data-product]")) startBuying(form);
for (const form of document.querySelectorAll("[data-search]")) startSearch(form);
for (const place of document.querySelectorAll("[data-lines]")) startCart(place);
