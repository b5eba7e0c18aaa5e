package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.PropagatedHeaders;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.ingest.topology.TopicSpec;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.testing.Examples;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/asyncapi.yaml names every topic and every header, and no other. */
class AsyncApiTest {
  /** Constants of the header classes that are values of headers. */
  private static final Set<String> VALUES = Set.of("SPEC_VERSION", "TYPE_IMAGE", "FLOAT32");

  private static JsonNode described;

  @BeforeAll
  static void read() throws Exception {
    described =
        new YAMLMapper()
            .readTree(Examples.folder().resolveSibling("docs").resolve("asyncapi.yaml").toFile());
  }

  @Test
  void channelsAreTheTopics() {
    var addresses = new TreeSet<String>();
    var names = new TreeSet<String>();
    for (var channel : described.path("channels").properties()) {
      names.add(Topics.DEFAULT_PREFIX + channel.getKey());
      addresses.add(channel.getValue().path("address").asText());
    }
    Set<String> topics =
        TopicCatalog.of(Topics.defaults(), TopicSettings.defaults()).stream()
            .map(TopicSpec::name)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(addresses).isEqualTo(topics);
    assertThat(names).isEqualTo(topics);
  }

  @Test
  void headersAreThoseOfTheCode() throws Exception {
    var headers = new TreeSet<String>();
    for (String schema :
        Set.of(
            "CloudEvent", "Origin", "Accepted", "Rejected", "Model", "OfEmbedding", "OfTargets")) {
      JsonNode properties = described.at("/components/schemas/" + schema + "/properties");
      assertThat(properties.isEmpty()).as(schema).isFalse();
      properties.fieldNames().forEachRemaining(headers::add);
    }
    var constants = new TreeSet<String>();
    for (Class<?> of : Set.of(ImageHeaders.class, EmbeddingRecords.class)) {
      for (Field field : of.getFields()) {
        if (field.getType() == String.class && !VALUES.contains(field.getName())) {
          constants.add((String) field.get(null));
        }
      }
    }
    assertThat(headers).isEqualTo(constants);
  }

  @Test
  void headersThatTravelAreThoseOfTheDefault() {
    var names = new TreeSet<String>();
    described
        .at("/components/schemas/Propagated/properties")
        .fieldNames()
        .forEachRemaining(names::add);
    assertThat(names).isEqualTo(new TreeSet<>(PropagatedHeaders.defaults().names()));
  }

  @Test
  void aReembeddingRecordHasItsFieldsAndStates() {
    JsonNode properties = described.at("/components/messages/Refresh/payload/properties");
    var names = new TreeSet<String>();
    properties.fieldNames().forEachRemaining(names::add);
    assertThat(names)
        .isEqualTo(
            Arrays.stream(RefreshRecord.class.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toCollection(TreeSet::new)));
    var states = new TreeSet<String>();
    properties.at("/state/enum").forEach(s -> states.add(s.asText()));
    assertThat(states)
        .isEqualTo(
            Arrays.stream(RefreshRecord.State.values())
                .map(Enum::name)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void referencesLeadSomewhereAndEveryMessageIsUsed() {
    var used = new TreeSet<String>();
    for (String ref : described.findValuesAsText("$ref")) {
      assertThat(described.at(ref.substring(1)).isMissingNode()).as(ref).isFalse();
      used.add(ref);
    }
    described
        .at("/components/messages")
        .fieldNames()
        .forEachRemaining(name -> assertThat(used).contains("#/components/messages/" + name));
  }
}
