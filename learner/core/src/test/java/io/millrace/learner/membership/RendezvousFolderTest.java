package io.millrace.learner.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RendezvousFolderTest {
  @TempDir Path dir;

  @Test
  void eachGenerationStartsFreshAndOnlyOlderOnesOfTheModelAreRemoved() throws IOException {
    Path folder = dir.resolve("new");
    var rendezvous = new RendezvousFolder(folder, "cats/dogs");
    rendezvous.prepare(1);
    for (String name :
        List.of("cats_dogs-6", "cats_dogs-7", "cats_dogs-8", "cats_dogs-x", "other-6")) {
      Files.writeString(folder.resolve(name), "stale");
    }
    assertThat(rendezvous.file(7)).isEqualTo("cats_dogs-7");
    rendezvous.prepare(7);
    try (var left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("cats_dogs-8", "cats_dogs-x", "other-6");
    }
  }

  @Test
  void theFolderHasOneIdForAll() throws IOException {
    String id = new RendezvousFolder(dir, "a").id();
    assertThat(new RendezvousFolder(dir, "b").id()).isEqualTo(id);
    assertThat(new RendezvousFolder(dir.resolve("other"), "a").id()).isNotEqualTo(id);
    Files.writeString(dir.resolve("folder-id"), "");
    assertThatThrownBy(() -> new RendezvousFolder(dir, "a").id())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a UUID");
  }

  @Test
  void aFollowersLeaseReadsAndNeverWrites() {
    var lease = new FollowersLease(new Lineage(4, List.of()));
    assertThat(lease.acquire(0).epoch()).isEqualTo(4);
    assertThatThrownBy(() -> lease.confirm(12))
        .isInstanceOf(FencedException.class)
        .hasMessage("a follower under epoch 4 must not save step 12");
    assertThatThrownBy(() -> lease.form(new Generation(4, 1, List.of("a"), "r")))
        .isInstanceOf(FencedException.class);
  }

  @Test
  void aGenerationNamesEachMemberOnce() {
    assertThatThrownBy(() -> new Generation(1, 1, List.of("a", "a"), "r"))
        .hasMessage("members are [a, a]: expected one or more, each once");
    assertThatThrownBy(() -> new Generation(1, 1, List.of(), "r"))
        .isInstanceOf(IllegalArgumentException.class);
    var group = new Generation(1, 1, List.of("a", "b"), "r");
    assertThat(group.rank("b")).hasValue(1);
    assertThat(group.rank("c")).isEmpty();
  }
}
