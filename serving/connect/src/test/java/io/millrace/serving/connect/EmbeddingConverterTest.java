package io.millrace.serving.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.client.Targets;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class EmbeddingConverterTest {
  private static final String TOPIC = "millrace.embeddings";
  private static final float[] VECTOR = {0.6f, -0.8f};

  @Test
  void anEmbeddingIsAStructOfAllThatIsKnownOfIt() {
    Headers headers = SampleRecords.headers(2);
    headers.add("ce_subject", "hall/7.jpg".getBytes(UTF_8));
    headers.add("x-camera", "north".getBytes(UTF_8));
    SchemaAndValue value =
        converter(false, Map.of("headers", "x-camera,tenant"))
            .toConnectData(TOPIC, headers, SampleRecords.bytes(VECTOR));

    Struct struct = (Struct) value.value();
    struct.validate();
    assertThat(struct.getString("model")).isEqualTo("model");
    assertThat(struct.getInt64("version")).isEqualTo(3);
    assertThat(struct.getInt32("dimension")).isEqualTo(2);
    assertThat(struct.getFloat64("norm")).isEqualTo(5.25);
    assertThat(struct.getArray("vector")).isEqualTo(List.of(0.6f, -0.8f));
    assertThat(struct.getString("source_topic")).isEqualTo("millrace.images.accepted");
    assertThat(struct.getInt32("source_partition")).isEqualTo(1);
    assertThat(struct.getInt64("source_offset")).isEqualTo(17);
    assertThat(struct.getString("source")).isEqualTo("cameras");
    assertThat(struct.getString("subject")).isEqualTo("hall/7.jpg");
    assertThat(struct.getString("preprocessing")).isEqualTo("abc");
    assertThat(struct.getString("x_camera")).isEqualTo("north");
    assertThat(struct.getString("tenant")).isNull();
  }

  @Test
  void recordsOfOneFormShareOneSchema() {
    EmbeddingConverter converter = converter(false, Map.of());
    Schema one = embedding(converter).schema();
    assertThat(embedding(converter).schema()).isSameAs(one);
  }

  @Test
  void withoutSchemasItIsAMap() {
    SchemaAndValue value = embedding(converter(false, Map.of("schemas.enable", "false")));
    assertThat(value.schema()).isNull();
    assertThat(value.value())
        .isEqualTo(
            Map.of(
                "model",
                "model",
                "version",
                3L,
                "dimension",
                2,
                "norm",
                5.25,
                "vector",
                List.of(0.6f, -0.8f),
                "preprocessing",
                "abc",
                "source_topic",
                "millrace.images.accepted",
                "source_partition",
                1,
                "source_offset",
                17L,
                "source",
                "cameras"));
  }

  @Test
  void aHeaderTakesNoFieldsPlace() {
    assertThatThrownBy(() -> converter(false, Map.of("headers", "tenant,vector")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("vector becomes the field vector, which is taken");
    assertThatThrownBy(() -> converter(false, Map.of("headers", "x-camera,x.camera")))
        .hasMessageContaining("x.camera becomes the field x_camera, which is taken");
  }

  @Test
  void vectorsAreTextOrBytesWhereASinkWantsThem() {
    Struct text = (Struct) embedding(converter(false, Map.of("vector.format", "text"))).value();
    assertThat(text.getString("vector")).isEqualTo("[0.6,-0.8]");
    Struct bytes = (Struct) embedding(converter(false, Map.of("vector.format", "bytes"))).value();
    assertThat(bytes.getBytes("vector")).isEqualTo(SampleRecords.bytes(VECTOR));
  }

  @Test
  void keysAreParsedAndTombstonesStayNull() {
    EmbeddingConverter keys = converter(true, Map.of());
    Struct key = (Struct) keys.toConnectData(TOPIC, "a@b.jpg@12".getBytes(UTF_8)).value();
    assertThat(key.getString("id")).isEqualTo("a@b.jpg");
    assertThat(key.getInt64("version")).isEqualTo(12);
    assertThat(
            converter(true, Map.of("schemas.enable", "false"))
                .toConnectData("dc1.millrace.targets", "a@b.jpg".getBytes(UTF_8))
                .value())
        .isEqualTo(Map.of("id", "a@b.jpg"));
    assertThat(
            converter(true, Map.of("key.format", "text"))
                .toConnectData(TOPIC, "a@b.jpg@12".getBytes(UTF_8)))
        .isEqualTo(new SchemaAndValue(Schema.STRING_SCHEMA, "a@b.jpg@12"));
    assertThat(converter(false, Map.of()).toConnectData(TOPIC, SampleRecords.headers(2), null))
        .isEqualTo(SchemaAndValue.NULL);
  }

  @Test
  void targetsAndReembeddingHaveTheirOwnFields() {
    var parts = new TreeMap<String, float[]>();
    parts.put("target.layer4", new float[] {1, 2});
    Targets targets = new Targets(parts);
    Headers headers = SampleRecords.headers(2);
    headers.add("layout", targets.layout().getBytes(UTF_8));
    Struct struct =
        (Struct)
            converter(false, Map.of())
                .toConnectData("millrace.targets", headers, targets.littleEndian())
                .value();
    assertThat(struct.getMap("targets")).isEqualTo(Map.of("target.layer4", List.of(1f, 2f)));

    var record =
        new RefreshRecord(
            "model", 3, 1, 4, 9, RefreshRecord.State.PROGRESS, 0, 40, 20, 20, 18, 1, 1, 1_700L, "");
    Struct refresh =
        (Struct)
            converter(false, Map.of())
                .toConnectData("millrace.embedding.refresh", record.bytes())
                .value();
    assertThat(refresh.getString("state")).isEqualTo("PROGRESS");
    assertThat(refresh.getInt64("end_offset")).isEqualTo(40);
    assertThat(refresh.get("at")).isEqualTo(new Date(1_700));
    assertThat(
            converter(true, Map.of("schemas.enable", "false"))
                .toConnectData("millrace.embedding.refresh", "3/1".getBytes(UTF_8))
                .value())
        .isEqualTo(Map.of("version", 3L, "partition", 1));
  }

  @Test
  void errorsNameTheTopicAndWhatIsWrong() {
    EmbeddingConverter values = converter(false, Map.of());
    Headers headers = SampleRecords.headers(2);
    assertThatThrownBy(() -> values.toConnectData(TOPIC, headers, new byte[] {1, 2, 3}))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "value of a record on millrace.embeddings: an embedding of 3 bytes: expected a"
                + " multiple of 4");
    assertThatThrownBy(() -> values.toConnectData(TOPIC, headers, new byte[4]))
        .hasMessageContaining("header dim is 2, the value has 1 components");
    assertThatThrownBy(() -> values.toConnectData(TOPIC, SampleRecords.bytes(VECTOR)))
        .hasMessageContaining("header dim is missing");
    assertThatThrownBy(() -> values.toConnectData("images.raw", headers, new byte[4]))
        .hasMessage(
            "topic is 'images.raw': expected one whose name ends with embeddings, targets or"
                + " embedding.refresh");
    assertThatThrownBy(() -> converter(true, Map.of()).toConnectData(TOPIC, "a@b".getBytes(UTF_8)))
        .hasMessage("key 'a@b' on millrace.embeddings: expected imageId@version");
    assertThatThrownBy(
            () ->
                converter(true, Map.of())
                    .toConnectData("millrace.embedding.refresh", "x".getBytes(UTF_8)))
        .hasMessage("key 'x' on millrace.embedding.refresh: expected version/partition");
    assertThatThrownBy(() -> values.fromConnectData(TOPIC, null, Map.of()))
        .hasMessageContaining("only serving writes them");
    assertThatThrownBy(() -> converter(false, Map.of("vector.format", "json")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("vector.format");
  }

  @Test
  void theTransformAddsWhatAValueConverterCannotSee() {
    Struct flat = (Struct) transformed(Map.of(), Map.of()).value();
    flat.validate();
    assertThat(flat.getString("id")).isEqualTo("a.jpg");
    assertThat(flat.getString("uuid"))
        .isEqualTo(UUID.nameUUIDFromBytes("a.jpg@3".getBytes(UTF_8)).toString());
    assertThat(flat.get("time")).isEqualTo(new Date(1_764_000_000_000L));
    assertThat(flat.getInt64("version")).isEqualTo(3);

    Object map = transformed(Map.of("schemas.enable", "false"), Map.of()).value();
    assertThat(map)
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("id", "a.jpg")
        .containsEntry("time", "2025-11-24T16:00:00Z")
        .containsEntry("version", 3L);

    Object textKey =
        transformed(Map.of("schemas.enable", "false", "key.format", "text"), Map.of()).value();
    assertThat(textKey).isEqualTo(map);
  }

  @Test
  void aPointHoldsAllButTheVectorAsPayload() {
    Object point =
        transformed(Map.of("schemas.enable", "false"), Map.of("layout", "point")).value();
    Map<?, ?> map = (Map<?, ?>) point;
    assertThat(map.keySet()).isEqualTo(java.util.Set.of("id", "vector", "payload"));
    assertThat(map.get("id"))
        .isEqualTo(UUID.nameUUIDFromBytes("a.jpg@3".getBytes(UTF_8)).toString());
    assertThat(map.get("vector")).isEqualTo(List.of(0.6f, -0.8f));
    Map<?, ?> payload = (Map<?, ?>) map.get("payload");
    assertThat(payload.get("id")).isEqualTo("a.jpg");
    assertThat(payload.get("source_offset")).isEqualTo(17L);
    assertThat(payload.containsKey("vector")).isFalse();
    assertThatThrownBy(() -> transformed(Map.of(), Map.of("layout", "point")))
        .hasMessage(
            "record of millrace.embeddings-0: value is a Struct: expected a map,"
                + " value.converter.schemas.enable=false, for layout point");
  }

  @Test
  void theTransformLetsTombstonesPassAndRefusesForeignKeys() {
    try (var transform = new KeyToValue<SinkRecord>()) {
      transform.configure(Map.of());
      var tombstone = new SinkRecord(TOPIC, 0, null, Map.of("id", "a.jpg"), null, null, 0);
      assertThat(transform.apply(tombstone)).isSameAs(tombstone);
      var foreign = new SinkRecord(TOPIC, 0, null, 7, null, Map.of(), 0);
      assertThatThrownBy(() -> transform.apply(foreign))
          .hasMessageContaining("key is 7: expected an image's, by key.converter=io.millrace");
    }
  }

  private static SinkRecord transformed(
      Map<String, String> converterSettings, Map<String, String> transformSettings) {
    SchemaAndValue key =
        converter(true, converterSettings).toConnectData(TOPIC, "a.jpg@3".getBytes(UTF_8));
    SchemaAndValue value = embedding(converter(false, converterSettings));
    try (var transform = new KeyToValue<SinkRecord>()) {
      transform.configure(transformSettings);
      return transform.apply(
          new SinkRecord(
              TOPIC,
              0,
              key.schema(),
              key.value(),
              value.schema(),
              value.value(),
              5,
              1_764_000_000_000L,
              TimestampType.CREATE_TIME));
    }
  }

  private static SchemaAndValue embedding(EmbeddingConverter converter) {
    return converter.toConnectData(TOPIC, SampleRecords.headers(2), SampleRecords.bytes(VECTOR));
  }

  private static EmbeddingConverter converter(boolean key, Map<String, String> settings) {
    var converter = new EmbeddingConverter();
    converter.configure(settings, key);
    return converter;
  }
}
