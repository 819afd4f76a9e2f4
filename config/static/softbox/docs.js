// Swagger UI over our own document. Keys stay in this tab's memory: nothing is stored.
const reference = document.getElementById("reference");
const dark = matchMedia("(prefers-color-scheme: dark)");

const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();

SwaggerUIBundle({
  domNode: reference,
  url: reference.dataset.document,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  // Its badge would ask another host whether the document is good.
  validatorUrl: null,
});
