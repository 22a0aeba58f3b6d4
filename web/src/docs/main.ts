// The page of the API: what /openapi.json says, shown by Swagger UI. It comes out of our own build, and asks no other host.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

SwaggerUI({
  url: "/openapi.json",
  domNode: document.getElementById("page") as HTMLElement,
  deepLinking: true,
  validatorUrl: null, // else a badge of another host's is shown beside the title
});
