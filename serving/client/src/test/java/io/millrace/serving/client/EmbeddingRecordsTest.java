package io.millrace.serving.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.stream.PropagatedHeaders;
import java.lang.reflect.Field;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class EmbeddingRecordsTest {
  @Property
  void aKeyGivesBackItsParts(
      @ForAll @StringLength(min = 1, max = 40) String id,
      @ForAll @LongRange(min = 1) long version) {
    String key = EmbeddingRecords.key(id, version);
    assertThat(EmbeddingRecords.imageIdOf(key)).isEqualTo(id);
    assertThat(EmbeddingRecords.versionOf(key)).isEqualTo(version);
  }

  @Test
  void anIdMayHoldAnAt() {
    assertThat(EmbeddingRecords.imageIdOf("me@home.jpg@12")).isEqualTo("me@home.jpg");
    assertThat(EmbeddingRecords.versionOf("me@home.jpg@12")).isEqualTo(12);
  }

  @Test
  void aKeyWithoutAVersionHasNone() {
    assertThat(EmbeddingRecords.versionOf("image")).isEqualTo(-1);
    assertThat(EmbeddingRecords.versionOf("image@latest")).isEqualTo(-1);
  }

  @Test
  void aProducersHeaderCanNotPassForOneOfOurs() throws IllegalAccessException {
    for (Field field : EmbeddingRecords.class.getFields()) {
      if (field.getType() == String.class && !field.getName().equals("FLOAT32")) {
        assertThat(PropagatedHeaders.isOwn((String) field.get(null))).as(field.getName()).isTrue();
      }
    }
  }

  @Property
  void allVersionsOfAnImageLieWhereTheImageLies(
      @ForAll @StringLength(min = 1, max = 40) String id,
      @ForAll @IntRange(min = 1, max = 50) int partitions) {
    assertThat(EmbeddingRecords.partitionOf(id, partitions))
        .isEqualTo(BuiltInPartitioner.partitionForKey(EmbeddingRecords.bytes(id), partitions));
  }
}
