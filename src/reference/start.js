// Runs in the browser: shows the contract that the page names. Calls cannot be tried here: each needs a proof by the
// caller's key (RFC 9449), which belongs in no browser.
const { contract } = document.currentScript.dataset;

window.SwaggerUIBundle({
  url: contract,
  dom_id: '#contract',
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  showExtensions: true,
  showCommonExtensions: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
