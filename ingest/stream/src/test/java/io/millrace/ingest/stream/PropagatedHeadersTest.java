package io.millrace.ingest.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class PropagatedHeadersTest {
  @Test
  void copiesTheLastOfEachListedNameWithinItsBounds() {
    var from = new RecordHeaders();
    from.add("tenant", "a".getBytes(UTF_8)).add("tenant", "b".getBytes(UTF_8));
    from.add("long", "12345".getBytes(UTF_8)).add("other", "x".getBytes(UTF_8));
    from.add("bytes", new byte[] {(byte) 0xFF}).add("null", null);
    var to = new RecordHeaders();
    var dropped = new ArrayList<String>();
    new PropagatedHeaders(List.of("tenant", "long", "bytes", "null", "absent"), 4)
        .copy(from, to, (name, why) -> dropped.add(name + ": " + why));
    assertThat(PropagatedHeaders.carried(to)).containsExactly(java.util.Map.entry("tenant", "b"));
    assertThat(to.toArray()).hasSize(1);
    assertThat(dropped)
        .containsExactly(
            "long: 5 bytes: expected at most 4 bytes",
            "bytes: no UTF-8 text without control characters");
  }

  @Test
  void carriedAreAllThatMillraceDoesNotSet() {
    var headers = new RecordHeaders();
    headers.add("camera", "1".getBytes(UTF_8)).add("dim", "512".getBytes(UTF_8));
    headers.add("ce_source", "/s".getBytes(UTF_8)).add("ce_subject", "n".getBytes(UTF_8));
    assertThat(PropagatedHeaders.carried(headers)).containsOnlyKeys("camera", "ce_subject");
  }

  @Test
  void refusesNamesThatMillraceUsesAndListsThatAreTooLong() {
    for (String name : List.of("sha256", "model.version", "ce_label", "source", "millrace.x")) {
      assertThatThrownBy(() -> new PropagatedHeaders(List.of(name), 10))
          .hasMessageContaining("headers has '" + name + "'");
    }
    assertThatThrownBy(() -> new PropagatedHeaders(List.of("a b"), 10))
        .hasMessageContaining("'a b'");
    assertThatThrownBy(() -> new PropagatedHeaders(Collections.nCopies(2, "a"), 10))
        .hasMessageContaining("each name once");
    List<String> many = IntStream.range(0, 17).mapToObj(i -> "h" + i).toList();
    assertThatThrownBy(() -> new PropagatedHeaders(many, 10))
        .hasMessage("headers has 17 names: expected at most 16");
    assertThatThrownBy(() -> new PropagatedHeaders(List.of(), 2049))
        .hasMessage("maxHeaderBytes is 2049: expected 1 to 2048");
  }
}
