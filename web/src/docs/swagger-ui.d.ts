// The part of Swagger UI that the page uses; the package has no types of its own.
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    domNode: HTMLElement;
    deepLinking: boolean;
    validatorUrl: string | null;
  }
  export default function SwaggerUI(options: Options): unknown;
}
