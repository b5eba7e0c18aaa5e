package io.millrace.serving.connect;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.client.Targets;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.ConverterConfig;
import org.jspecify.annotations.Nullable;

/**
 * Turns records of {@code embeddings}, {@code targets} and {@code embedding.refresh} into what
 * Kafka Connect's sinks take: a Struct with a schema, or a map. For keys and for values; a value's
 * key and time come by {@link KeyToValue}. A tombstone stays null. Reads only: nothing but serving
 * writes these topics.
 */
public final class EmbeddingConverter implements Converter {
  static final String SCHEMAS = "schemas.enable";
  static final String KEY_FORMAT = "key.format";
  static final String VECTOR_FORMAT = "vector.format";
  static final String HEADERS = "headers";

  private static final String STRUCT = "struct";
  private static final String TEXT = "text";

  /** What a value has without further headers, {@link KeyToValue}'s among them. */
  private static final Set<String> FIELDS =
      Set.of(
          "id",
          "uuid",
          "time",
          "model",
          "version",
          "dimension",
          "norm",
          "vector",
          "preprocessing",
          "source_topic",
          "source_partition",
          "source_offset",
          "source",
          "subject",
          "targets");

  private static final ConfigDef CONFIG =
      ConverterConfig.newConfigDef()
          .define(
              SCHEMAS,
              Type.BOOLEAN,
              true,
              Importance.HIGH,
              "A Struct with a schema, as JDBC and Parquet sinks need it, or a map without.")
          .define(
              KEY_FORMAT,
              Type.STRING,
              STRUCT,
              ValidString.in(STRUCT, TEXT),
              Importance.MEDIUM,
              "Keys in their parts (id, version), or as the one text that they are on the topic.")
          .define(
              VECTOR_FORMAT,
              Type.STRING,
              name(VectorFormat.ARRAY),
              ValidString.in(
                  name(VectorFormat.ARRAY), name(VectorFormat.TEXT), name(VectorFormat.BYTES)),
              Importance.MEDIUM,
              "Vectors as a list of float32, as text such as [0.6,0.8], or as little-endian bytes.")
          .define(
              HEADERS,
              Type.LIST,
              List.of(),
              Importance.LOW,
              "Further headers to add as text; what is no letter, digit or _ in a name becomes _.");

  private AbstractConfig config =
      new AbstractConfig(CONFIG, Map.of(ConverterConfig.TYPE_CONFIG, "value"));
  private boolean key;
  private VectorFormat vectors = VectorFormat.ARRAY;

  private static String name(VectorFormat format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public ConfigDef config() {
    return CONFIG;
  }

  @Override
  public String version() {
    return Objects.requireNonNullElse(
        EmbeddingConverter.class.getPackage().getImplementationVersion(), "unpackaged");
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    var all = new HashMap<String, Object>(configs);
    all.put(ConverterConfig.TYPE_CONFIG, isKey ? "key" : "value");
    config = new AbstractConfig(CONFIG, all);
    vectors = VectorFormat.valueOf(config.getString(VECTOR_FORMAT).toUpperCase(Locale.ROOT));
    key = isKey;
    requireNewFields(config.getList(HEADERS));
  }

  /** A header must not take the place of a field: in a map it would do so silently. */
  private static void requireNewFields(List<String> headers) {
    var fields = new HashSet<>(FIELDS);
    for (String header : headers) {
      if (!fields.add(field(header))) {
        throw new ConfigException(
            HEADERS, headers, header + " becomes the field " + field(header) + ", which is taken");
      }
    }
  }

  private static String field(String header) {
    return header.replaceAll("[^A-Za-z0-9_]", "_");
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] bytes) {
    return toConnectData(topic, new RecordHeaders(), bytes);
  }

  @Override
  public SchemaAndValue toConnectData(String topic, Headers headers, byte @Nullable [] bytes) {
    if (bytes == null) {
      return SchemaAndValue.NULL;
    }
    try {
      return key
          ? key(topic, EmbeddingRecords.text(bytes))
          : value(topic, headers, bytes).data(withSchema());
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(
          (key ? "key" : "value") + " of a record on " + topic + ": " + e.getMessage(), e);
    }
  }

  private boolean withSchema() {
    return config.getBoolean(SCHEMAS);
  }

  private SchemaAndValue key(String topic, String text) {
    if (config.getString(KEY_FORMAT).equals(TEXT)) {
      return new SchemaAndValue(withSchema() ? Schema.STRING_SCHEMA : null, text);
    }
    return RecordKey.of(topic, text).row().data(withSchema());
  }

  private Row value(String topic, Headers headers, byte[] bytes) throws IOException {
    return switch (RecordKind.of(topic)) {
      case EMBEDDING -> embedding(headers, bytes);
      case TARGETS -> targets(headers, bytes);
      case REFRESH -> refresh(RefreshRecord.parse(bytes));
    };
  }

  private Row embedding(Headers headers, byte[] bytes) {
    float[] vector = EmbeddingRecords.vector(bytes);
    int dimension = Integer.parseInt(header(headers, EmbeddingRecords.DIM));
    if (dimension != vector.length) {
      throw new IllegalArgumentException(
          "header dim is " + dimension + ", the value has " + vector.length + " components");
    }
    Row row =
        model(headers)
            .number("dimension", dimension)
            .add(
                "norm",
                Schema.FLOAT64_SCHEMA,
                Double.parseDouble(header(headers, EmbeddingRecords.NORM)))
            .add("vector", vectors.schema(), vectors.of(vector))
            .text("preprocessing", HeaderText.get(headers, EmbeddingRecords.PREPROC_HASH))
            .text("source_topic", HeaderText.get(headers, EmbeddingRecords.SOURCE_TOPIC))
            .number(
                "source_partition",
                Integer.parseInt(header(headers, EmbeddingRecords.SOURCE_PARTITION)))
            .number(
                "source_offset", Long.parseLong(header(headers, EmbeddingRecords.SOURCE_OFFSET)));
    return origin(row, headers);
  }

  private Row targets(Headers headers, byte[] bytes) {
    Targets targets = Targets.of(header(headers, EmbeddingRecords.LAYOUT), bytes);
    var byName = new HashMap<String, Object>();
    targets.byName().forEach((name, values) -> byName.put(name, vectors.of(values)));
    Schema schema = SchemaBuilder.map(Schema.STRING_SCHEMA, vectors.schema()).build();
    return origin(model(headers).add("targets", schema, byName), headers);
  }

  private static Row model(Headers headers) {
    return new Row()
        .add("model", Schema.STRING_SCHEMA, header(headers, EmbeddingRecords.MODEL_ID))
        .number("version", Long.parseLong(header(headers, EmbeddingRecords.MODEL_VERSION)));
  }

  private Row origin(Row row, Headers headers) {
    row.text("source", HeaderText.get(headers, ImageHeaders.CE_SOURCE))
        .text("subject", HeaderText.get(headers, ImageHeaders.CE_SUBJECT));
    for (String name : config.getList(HEADERS)) {
      row.text(field(name), HeaderText.get(headers, name));
    }
    return row;
  }

  private static Row refresh(RefreshRecord record) {
    return new Row()
        .add("model", Schema.STRING_SCHEMA, record.model())
        .number("version", record.version())
        .number("partition", record.partition())
        .number("partitions", record.partitions())
        .number("promotion", record.promotion())
        .text("state", record.state().name())
        .number("start_offset", record.start())
        .number("end_offset", record.end())
        .number("position", record.position())
        .number("records", record.records())
        .number("embedded", record.embedded())
        .number("forgotten", record.forgotten())
        .number("unembeddable", record.unembeddable())
        .time("at", record.at());
  }

  private static String header(Headers headers, String name) {
    String value = HeaderText.get(headers, name);
    if (value == null) {
      throw new IllegalArgumentException("header " + name + " is missing");
    }
    return value;
  }

  @Override
  public byte[] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
    throw new DataException(
        "topic " + topic + ": this converter reads embeddings, only serving writes them");
  }
}
