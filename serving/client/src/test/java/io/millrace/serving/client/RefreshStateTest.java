package io.millrace.serving.client;

import static io.millrace.serving.client.RefreshRecord.State.COMPLETE;
import static io.millrace.serving.client.RefreshRecord.State.PROGRESS;
import static io.millrace.serving.client.RefreshRecord.State.STARTED;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RefreshStateTest {
  private final RefreshState board = new RefreshState("model");

  /** Written by the build of commit c931c3b, as the topic and a committed offset hold it. */
  @Test
  void aRecordOfAnEarlierBuildIsUnderstood() throws Exception {
    String json =
        """
        {"model":"model","version":3,"partition":1,"partitions":2,"promotion":7,\
        "state":"COMPLETE","start":4,"end":9,"position":10,"records":6,"embedded":3,\
        "forgotten":2,"unembeddable":1,"at":12345}\
        """;
    assertThat(RefreshRecord.parse(json.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            new RefreshRecord("model", 3, 1, 2, 7, COMPLETE, 4, 9, 10, 6, 3, 2, 1, 12345, ""));
  }

  @Test
  void aVersionIsCompleteWhenEveryPartitionIs() {
    put(1, 0, 2, 7, COMPLETE);
    assertThat(board.live()).isEmpty();
    put(1, 1, 2, 7, PROGRESS);
    assertThat(board.live()).isEmpty();
    put(1, 1, 2, 7, COMPLETE);
    assertThat(board.live()).isEqualTo(OptionalLong.of(1));
  }

  @Test
  void theLatestPromotionThatIsCompleteServesWhateverItsVersion() {
    complete(1, 7);
    complete(2, 9);
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    assertThat(board.completeVersions()).containsExactly(2L, 1L);

    put(1, 0, 2, 12, STARTED); // rolled back to 1: catching up
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    put(1, 0, 2, 12, COMPLETE); // the other partition is complete for the old promotion only
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    put(1, 1, 2, 12, COMPLETE);
    assertThat(board.live()).isEqualTo(OptionalLong.of(1));
    assertThat(board.completeVersions()).containsExactly(1L, 2L);
  }

  @Test
  void aRetiredVersionIsGone() {
    complete(1, 7);
    board.accept("1/0", null);
    assertThat(board.live()).isEmpty();
    assertThat(board.versions()).containsExactly(1L);
    board.accept("1/1", null);
    board.accept("1/1", null);
    assertThat(board.versions()).isEmpty();
  }

  @Test
  void othersModelsAndUnreadableRecordsDoNotCount() {
    board.accept("1/0", EmbeddingRecords.bytes("{"));
    board.accept("nonsense", null);
    RefreshRecord other =
        new RefreshRecord("other", 1, 0, 1, 1, COMPLETE, 0, 0, 0, 0, 0, 0, 0, 0, "");
    board.accept(other.key(), other.bytes());
    assertThat(board.versions()).isEmpty();
  }

  private void complete(long version, long promotion) {
    put(version, 0, 2, promotion, COMPLETE);
    put(version, 1, 2, promotion, COMPLETE);
  }

  private void put(
      long version, int partition, int partitions, long promotion, RefreshRecord.State state) {
    RefreshRecord record =
        new RefreshRecord(
            "model", version, partition, partitions, promotion, state, 0, 10, 0, 0, 0, 0, 0, 0, "");
    board.accept(record.key(), record.bytes());
  }
}
