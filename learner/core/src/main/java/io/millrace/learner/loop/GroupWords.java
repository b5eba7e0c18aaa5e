package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.group.Collectives;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The plan of a group: the leader says what it is about to do to its session, and the others do the
 * same. Nobody else looks at a clock, a lag or the stream, so no rank waits in a collective that
 * another one skips. Alone, nothing is said.
 */
final class GroupWords {
  /** What is done next. */
  enum Word {
    /** {@link LearnerSession#consume} of the batch that comes with it. */
    CONSUME,
    /** {@link LearnerSession#replay}. */
    REPLAY,
    /** {@link LearnerSession#monitor}. */
    MONITOR,
    /** {@link LearnerSession#rollBack} to the latest healthy checkpoint. */
    ROLL_BACK,
    /** {@link LearnerSession#released}. */
    RELEASED,
    /** Nothing now. */
    IDLE,
    /** The generation ends in order. */
    END
  }

  /**
   * A word and what comes with it.
   *
   * @param batch of CONSUME; without its place in the stream, which is the leader's to save
   * @param lag of CONSUME
   */
  record Said(Word word, @org.jspecify.annotations.Nullable PreparedBatch batch, OptionalLong lag) {}

  private final Collectives group;

  GroupWords(Collectives group) {
    this.group = group;
  }

  /** Leader: says a word. */
  void say(Word word) {
    if (group.size() > 1) {
      group.broadcast(new byte[] {(byte) word.ordinal()});
    }
  }

  /** Leader: says that it consumes a batch. */
  void consume(PreparedBatch batch, OptionalLong lag) {
    if (group.size() > 1) {
      group.broadcast(write(batch, lag));
    }
  }

  /** Others: waits for the next word. */
  Said hear() {
    return read(group.broadcast(new byte[0]));
  }

  /**
   * Makes sure that all go on from the same checkpoint.
   *
   * @param from its name, or another word where there is none
   * @throws BrokenGroupException where they don't
   */
  void requireSame(String from) {
    List<String> all =
        group.gather(from.getBytes(StandardCharsets.UTF_8)).stream()
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .toList();
    if (all.stream().distinct().count() > 1) {
      throw new BrokenGroupException(
          "the processes would go on from different checkpoints, by rank " + all, null);
    }
  }

  static byte[] write(PreparedBatch batch, OptionalLong lag) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(Word.CONSUME.ordinal());
      out.writeLong(lag.orElse(-1));
      out.writeInt(batch.images().size());
      for (IdentifiedImage image : batch.images()) {
        write(image.id(), out);
        out.writeInt(image.image().width());
        out.writeInt(image.image().height());
        out.write(image.image().rgb());
      }
      out.writeInt(batch.forgotten().size());
      for (String id : batch.forgotten()) {
        write(id, out);
      }
      out.writeInt(batch.duplicates());
      out.writeLong(batch.gaps());
      out.writeInt(batch.undecodable());
      out.writeInt(batch.tombstones());
      out.writeInt(batch.withdrawn());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
    return bytes.toByteArray();
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static Said read(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Word word = Word.values()[in.readUnsignedByte()];
      if (word != Word.CONSUME) {
        return new Said(word, null, OptionalLong.empty());
      }
      long lag = in.readLong();
      var images = new ArrayList<IdentifiedImage>();
      for (int left = in.readInt(); left > 0; left--) {
        String id = text(in);
        int width = in.readInt();
        int height = in.readInt();
        images.add(
            new IdentifiedImage(
                id, new PixelImage(width, height, in.readNBytes(3 * width * height))));
      }
      var forgotten = new ArrayList<String>();
      for (int left = in.readInt(); left > 0; left--) {
        forgotten.add(text(in));
      }
      var batch =
          new PreparedBatch(
              List.copyOf(images),
              List.copyOf(forgotten),
              in.readInt(),
              in.readLong(),
              in.readInt(),
              in.readInt(),
              in.readInt(),
              FeedPosition.start());
      return new Said(word, batch, lag < 0 ? OptionalLong.empty() : OptionalLong.of(lag));
    } catch (IOException e) {
      throw new IllegalArgumentException("a plan of " + bytes.length + " bytes: cut off", e);
    }
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
