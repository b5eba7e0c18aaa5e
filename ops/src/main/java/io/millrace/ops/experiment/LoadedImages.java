package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.source.ImageSet;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.random.KeyedRandom;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images in memory, all of which decode.
 *
 * @param images shrunk as the learner does, under their ids
 * @param labels class names, null where unknown
 * @param leftOut images that did not decode or could not be read
 */
record LoadedImages(List<StoredImage> images, List<@Nullable String> labels, int leftOut) {
  private static final Logger log = LoggerFactory.getLogger(LoadedImages.class);

  /** Share of the heap that images may take. */
  private static final double HEAP_SHARE = 0.4;

  /**
   * Decodes images drawn from a set; of a set without end the first.
   *
   * @param decoder open for as long as the images are used
   * @param most how many at most
   * @param maxSide longer sides are shrunk to this
   * @param seed of the draw
   * @param progress told how many there are by now
   */
  static LoadedImages draw(
      ImageSet set, AcceptImages decoder, long most, int maxSide, long seed, IntConsumer progress) {
    var out = new LoadedImages(new ArrayList<>(), new ArrayList<>(), 0);
    long[] order = order(set, set.count() == ImageSet.UNBOUNDED ? most : set.count(), seed);
    long wanted = Math.min(most, order.length);
    long room = (long) (HEAP_SHARE * Runtime.getRuntime().maxMemory());
    int leftOut = 0;
    for (int i = 0; out.images.size() < wanted && i < order.length; i++) {
      long index = order[i];
      ImageRecord record = read(set, index);
      StoredImage image = record == null ? null : stored(set, index, record, decoder, maxSide);
      if (image == null) {
        leftOut++;
        continue;
      }
      room -= image.bytes();
      if (room < 0) {
        log.warn(
            "{} of {} images fill {} % of the heap: the others are skipped (MILLRACE_HEAP gives"
                + " more)",
            out.images.size(), wanted, Math.round(100 * HEAP_SHARE));
        break;
      }
      out.images.add(image);
      out.labels.add(set.label(index));
      progress.accept(out.images.size());
    }
    return new LoadedImages(out.images, out.labels, leftOut);
  }

  /** Indexes in the order they are drawn; of a set without end the first, as they come. */
  static long[] order(ImageSet set, long most, long seed) {
    if (set.count() == ImageSet.UNBOUNDED) {
      return LongStream.range(0, most).toArray();
    }
    int[] all = KeyedRandom.of(seed, "images.drawn", 0, 0).permutation((int) set.count());
    return Arrays.stream(all).limit(most).asLongStream().toArray();
  }

  /** Those with a label, as classes from 0 on. */
  LabeledImages labeled(List<String> classes) {
    List<StoredImage> with = new ArrayList<>();
    List<Integer> of = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      String label = labels.get(i);
      if (label != null) {
        with.add(images.get(i));
        of.add(classes.indexOf(label));
      }
    }
    return new LabeledImages(with, of);
  }

  /** An image as it is held in memory; null, and logged, where it does not decode. */
  static @Nullable StoredImage stored(
      ImageSet set, long index, ImageRecord record, AcceptImages decoder, int maxSide) {
    StoredImage image = StoredImage.of(record.id(), record.bytes(), decoder, maxSide);
    if (image == null) {
      log.warn("image {} does not decode; it is skipped", set.place(index));
    }
    return image;
  }

  /** An image as it is stored; null, and logged, where it can't be read. */
  static @Nullable ImageRecord read(ImageSet set, long index) {
    try {
      return set.read(index);
    } catch (IOException e) {
      log.warn("image {} can't be read; it is skipped: {}", set.place(index), e.toString());
      return null;
    }
  }
}
