package io.millrace.serving.connect;

import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;

/**
 * A record's key in its parts.
 *
 * @param kind what the record is
 * @param text the key as it is on the topic
 * @param id image id; empty where the record is not about an image
 * @param version model version; −1 where the key names none
 * @param partition partition that a re-embedding record is about; −1 otherwise
 */
record RecordKey(RecordKind kind, String text, String id, long version, int partition) {
  /**
   * Reads a key.
   *
   * @throws DataException naming topic and key when it has not the topic's form
   */
  static RecordKey of(String topic, String text) {
    RecordKind kind = RecordKind.of(topic);
    return switch (kind) {
      case EMBEDDING -> {
        long version = EmbeddingRecords.versionOf(text);
        if (version < 0) {
          throw unexpected(topic, text, "imageId@version");
        }
        yield new RecordKey(kind, text, EmbeddingRecords.imageIdOf(text), version, -1);
      }
      case TARGETS -> new RecordKey(kind, text, text, -1, -1);
      case REFRESH -> {
        try {
          yield new RecordKey(
              kind, text, "", RefreshRecord.versionOf(text), RefreshRecord.partitionOf(text));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
          throw unexpected(topic, text, "version/partition");
        }
      }
    };
  }

  private static DataException unexpected(String topic, String text, String form) {
    return new DataException("key '" + text + "' on " + topic + ": expected " + form);
  }

  /** The parts that this kind of key has. */
  Row row() {
    Row row = new Row();
    if (kind != RecordKind.REFRESH) {
      row.add("id", Schema.STRING_SCHEMA, id);
    }
    if (kind != RecordKind.TARGETS) {
      row.number("version", version);
    }
    if (kind == RecordKind.REFRESH) {
      row.number("partition", partition);
    }
    return row;
  }
}
