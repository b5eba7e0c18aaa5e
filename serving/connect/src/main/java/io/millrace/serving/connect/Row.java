package io.millrace.serving.connect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/** Named values in their order, as a Struct with a schema or as a map without. */
final class Row {
  /** One schema for all rows with the same columns: sinks compare schemas record by record. */
  private static final Map<List<Column>, Schema> SCHEMAS = new ConcurrentHashMap<>();

  private static final Schema TIME = Timestamp.builder().optional().build();

  private record Column(String name, Schema schema) {}

  private final List<Column> columns = new ArrayList<>();
  private final List<@Nullable Object> values = new ArrayList<>();

  /** Adds a value; null only where the schema is optional. */
  Row add(String name, Schema schema, @Nullable Object value) {
    columns.add(new Column(name, schema));
    values.add(value);
    return this;
  }

  Row text(String name, @Nullable String value) {
    return add(name, Schema.OPTIONAL_STRING_SCHEMA, value);
  }

  Row number(String name, long value) {
    return add(name, Schema.INT64_SCHEMA, value);
  }

  Row number(String name, int value) {
    return add(name, Schema.INT32_SCHEMA, value);
  }

  /** A time in milliseconds since 1970. */
  Row time(String name, @Nullable Long millis) {
    return add(name, TIME, millis == null ? null : new Date(millis));
  }

  /** The row as Connect carries it. */
  SchemaAndValue data(boolean withSchema) {
    return withSchema ? struct() : new SchemaAndValue(null, map());
  }

  private SchemaAndValue struct() {
    Schema schema = SCHEMAS.computeIfAbsent(List.copyOf(columns), Row::schema);
    var struct = new Struct(schema);
    for (int i = 0; i < columns.size(); i++) {
      struct.put(columns.get(i).name(), values.get(i));
    }
    return new SchemaAndValue(schema, struct);
  }

  private static Schema schema(List<Column> columns) {
    SchemaBuilder builder = SchemaBuilder.struct();
    columns.forEach(c -> builder.field(c.name(), c.schema()));
    return builder.build();
  }

  /** Without what is null; a time is text as in RFC 3339, for no schema says that it is one. */
  private Map<String, Object> map() {
    // A HashMap, because Milvus' sink takes no other map.
    var map = new HashMap<String, Object>();
    for (int i = 0; i < columns.size(); i++) {
      Object value = values.get(i);
      if (value != null) {
        map.put(columns.get(i).name(), schemaless(value));
      }
    }
    return map;
  }

  private static Object schemaless(Object value) {
    return value instanceof Date date ? Instant.ofEpochMilli(date.getTime()).toString() : value;
  }
}
