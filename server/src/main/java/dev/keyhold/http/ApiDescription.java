package dev.keyhold.http;

import java.io.IOException;
import java.io.UncheckedIOException;

/// The description of this API in OpenAPI 3.1. It is generated from the route table and the wire
/// records, and a test fails when it is not what they give (CONTRIBUTING.md, "Adding an
/// operation").
final class ApiDescription {
  static final String PATH = "/openapi.json";

  private ApiDescription() {}

  /// Ready-made, to be sent any number of times.
  static Answer answer() {
    try (var resource = ApiDescription.class.getResourceAsStream(PATH)) {
      if (resource == null) {
        throw new IllegalStateException(PATH + " is missing in the product");
      }
      return Answer.json(resource.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
