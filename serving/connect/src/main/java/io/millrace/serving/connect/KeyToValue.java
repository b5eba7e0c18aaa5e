package io.millrace.serving.connect;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;

/**
 * Adds to an embedding or to targets what a value converter can't see: the image's {@code id}, the
 * record's {@code time} and {@code uuid}, a name-based UUID (version 3) of the record's key for
 * sinks that take no other text as an id. Wants keys of {@link EmbeddingConverter}. Tombstones pass
 * as they are.
 */
public final class KeyToValue<R extends ConnectRecord<R>> implements Transformation<R> {
  static final String LAYOUT = "layout";

  private static final String FLAT = "flat";
  private static final String POINT = "point";
  private static final ConfigDef CONFIG =
      new ConfigDef()
          .define(
              LAYOUT,
              Type.STRING,
              FLAT,
              ValidString.in(FLAT, POINT),
              Importance.MEDIUM,
              "flat: fields side by side; point: id (the UUID) and vector, all else in payload, as"
                  + " Qdrant's sink takes it (of a map, without a schema).");

  private String layout = FLAT;

  /** The image, its version where the key has one, and the name that tells them from all others. */
  private record Identity(String id, @Nullable Long version) {
    String uuid() {
      String name = version == null ? id : id + "@" + version;
      return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }
  }

  @Override
  public ConfigDef config() {
    return CONFIG;
  }

  @Override
  public String version() {
    return Objects.requireNonNullElse(
        KeyToValue.class.getPackage().getImplementationVersion(), "unpackaged");
  }

  @Override
  public void configure(Map<String, ?> configs) {
    layout = new AbstractConfig(CONFIG, configs).getString(LAYOUT);
  }

  @Override
  public R apply(R record) {
    if (record.value() == null) {
      return record;
    }
    Identity identity = identity(record);
    SchemaAndValue value =
        layout.equals(POINT)
            ? new SchemaAndValue(null, point(record, identity))
            : flat(record, identity);
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        value.schema(),
        value.value(),
        record.timestamp());
  }

  private SchemaAndValue flat(R record, Identity identity) {
    var row = new Row();
    if (record.value() instanceof Struct struct) {
      for (Field field : struct.schema().fields()) {
        row.add(field.name(), field.schema(), struct.get(field));
      }
      return added(row, record, identity).data(true);
    }
    Map<String, Object> map = copy(record);
    map.putAll(map(added(row, record, identity)));
    return new SchemaAndValue(null, map);
  }

  private Row added(Row row, R record, Identity identity) {
    return row.add("id", Schema.STRING_SCHEMA, identity.id())
        .add("uuid", Schema.STRING_SCHEMA, identity.uuid())
        .time("time", record.timestamp());
  }

  private Map<String, Object> point(R record, Identity identity) {
    Map<String, Object> payload = copy(record);
    Object vector = payload.remove("vector");
    if (vector == null) {
      throw unexpected(record, "value has no vector", "an embedding");
    }
    payload.putAll(
        map(
            new Row()
                .add("id", Schema.STRING_SCHEMA, identity.id())
                .time("time", record.timestamp())));
    var point = new HashMap<String, Object>();
    point.put("id", identity.uuid());
    point.put("vector", vector);
    point.put("payload", payload);
    return point;
  }

  private Map<String, Object> copy(R record) {
    if (!(record.value() instanceof Map<?, ?> map)) {
      throw unexpected(
          record,
          "value is a " + record.value().getClass().getSimpleName(),
          "a map, value.converter.schemas.enable=false, for layout " + layout);
    }
    var copy = new HashMap<String, Object>();
    map.forEach((name, value) -> copy.put(String.valueOf(name), value));
    return copy;
  }

  private static Map<String, Object> map(Row row) {
    var map = new HashMap<String, Object>();
    ((Map<?, ?>) row.data(false).value())
        .forEach((name, value) -> map.put(String.valueOf(name), value));
    return map;
  }

  private Identity identity(R record) {
    Object key = record.key();
    if (key instanceof Struct struct && struct.schema().field("id") != null) {
      boolean versioned = struct.schema().field("version") != null;
      return new Identity(struct.getString("id"), versioned ? struct.getInt64("version") : null);
    }
    if (key instanceof Map<?, ?> map && map.get("id") instanceof String id) {
      return new Identity(id, map.get("version") instanceof Long version ? version : null);
    }
    if (key instanceof String text) {
      RecordKey parts = RecordKey.of(record.topic(), text);
      if (parts.kind() != RecordKind.REFRESH) {
        return new Identity(parts.id(), parts.version() < 0 ? null : (Long) parts.version());
      }
    }
    throw unexpected(
        record,
        "key is " + key,
        "an image's, by key.converter=" + EmbeddingConverter.class.getName());
  }

  private static DataException unexpected(ConnectRecord<?> record, String what, String expected) {
    return new DataException(
        "record of %s-%s: %s: expected %s"
            .formatted(record.topic(), record.kafkaPartition(), what, expected));
  }

  @Override
  public void close() {}
}
