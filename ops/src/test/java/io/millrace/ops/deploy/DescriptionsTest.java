package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * OpenAPI's and AsyncAPI's own schemas, which npm has, against the descriptions of routes and
 * topics; other tests hold these against the code. Skipped where npm reaches no registry.
 */
class DescriptionsTest {
  private static final Path ROUTES =
      Path.of("src/main/resources/io/millrace/ops/dashboard/openapi.yaml");
  private static final Path TOPICS = Path.of("../docs/asyncapi.yaml");

  private static NpmPackages npm;

  @TempDir Path folder;

  @BeforeAll
  static void fetch() throws Exception {
    npm =
        NpmPackages.of(
            "description-schemas",
            "@seriousme/openapi-schema-validator@2.9.0",
            "@asyncapi/specs@6.11.1",
            "ajv-cli@5.0.0");
  }

  @Test
  void routesAreDescribedByOpenApi() throws Exception {
    openApi(ROUTES);
    Path wrong = with(ROUTES, "operationId: server", "operationID: server");
    assertThatThrownBy(() -> openApi(wrong)).isInstanceOf(AssertionError.class);
  }

  @Test
  void topicsAreDescribedByAsyncApi() throws Exception {
    asyncApi(TOPICS);
    Path wrong = with(TOPICS, "channels:", "channel:");
    assertThatThrownBy(() -> asyncApi(wrong)).isInstanceOf(AssertionError.class);
  }

  private Path with(Path file, String text, String other) throws Exception {
    return Files.writeString(
        folder.resolve("wrong.yaml"), Files.readString(file).replace(text, other));
  }

  private void openApi(Path file) throws Exception {
    npm.tool("validate-api").run(folder, file.toAbsolutePath().toString());
  }

  private void asyncApi(Path file) throws Exception {
    npm.tool("ajv")
        .run(
            folder,
            "validate",
            "--strict=false",
            "--validate-formats=false",
            "-s",
            npm.file("@asyncapi/specs/schemas/3.0.0-without-$id.json").toString(),
            "-d",
            file.toAbsolutePath().toString());
  }
}
