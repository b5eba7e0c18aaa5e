package io.millrace.ingest.topology;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** {@link StreamStats} as JSON, as the topic has them. */
public final class StreamStatsJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ObjectWriter WRITER = MAPPER.writerFor(StreamStats.class);
  // A newer ingest may know more fields.
  private static final ObjectReader READER =
      MAPPER
          .readerFor(StreamStats.class)
          .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private StreamStatsJson() {}

  /** Writes JSON. */
  public static byte[] write(StreamStats stats) {
    try {
      return WRITER.writeValueAsBytes(stats);
    } catch (JsonProcessingException e) {
      throw new SerializationException("cannot write " + stats, e);
    }
  }

  /**
   * Reads JSON.
   *
   * @throws SerializationException when it is not that
   */
  public static StreamStats read(byte[] json) {
    try {
      return READER.readValue(json);
    } catch (IOException e) {
      throw new SerializationException("no statistics of a stream: " + e.getMessage(), e);
    }
  }

  static Serde<StreamStats> serde() {
    return Serdes.serdeFrom(
        (topic, stats) -> stats == null ? null : write(stats),
        (topic, json) -> json == null ? null : read(json));
  }
}
