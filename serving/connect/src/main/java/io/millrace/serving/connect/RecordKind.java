package io.millrace.serving.connect;

import io.millrace.ingest.stream.Topics;
import org.apache.kafka.connect.errors.DataException;

/** The topics that a sink may read, told by the end of their names: prefixes differ. */
enum RecordKind {
  EMBEDDING,
  TARGETS,
  REFRESH;

  private static final Topics NAMES = new Topics("");

  /**
   * The kind of records on a topic.
   *
   * @throws DataException when it is none of these
   */
  static RecordKind of(String topic) {
    if (topic.endsWith(NAMES.embeddings())) {
      return EMBEDDING;
    }
    if (topic.endsWith(NAMES.targets())) {
      return TARGETS;
    }
    if (topic.endsWith(NAMES.embeddingRefresh())) {
      return REFRESH;
    }
    throw new DataException(
        "topic is '%s': expected one whose name ends with %s, %s or %s"
            .formatted(topic, NAMES.embeddings(), NAMES.targets(), NAMES.embeddingRefresh()));
  }
}
