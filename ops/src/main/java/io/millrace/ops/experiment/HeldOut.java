package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.ops.terminal.RunUntilShutdown;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A source's held-out images with their labels: what evaluation sees and the stream never does. */
public final class HeldOut {
  private static final Logger log = LoggerFactory.getLogger(HeldOut.class);

  private HeldOut() {}

  /**
   * Decodes held-out images into two parts that share none.
   *
   * @param decoder open for as long as the images are used
   * @param maxSide longer sides are shrunk to this, as the learner does
   * @return null where the source has no labels, or too few held-out images for {@code k} neighbors
   */
  public static @Nullable ProbeImages probe(
      ImageSource source, AcceptImages decoder, ProbeSettings settings, int maxSide) {
    List<String> classes = source.labels();
    ImageSet set = source.heldOut();
    if (classes.size() < 2 || set.count() == 0) {
      return null;
    }
    long wanted = (long) settings.bank() + settings.queries();
    var images = new ArrayList<StoredImage>();
    var labels = new ArrayList<Integer>();
    for (long i = 0; i < set.count() && images.size() < wanted; i++) {
      RunUntilShutdown.requireGoOn();
      String label = set.label(i);
      ImageRecord record = label == null ? null : LoadedImages.read(set, i);
      StoredImage image =
          record == null ? null : LoadedImages.stored(set, i, record, decoder, maxSide);
      if (label != null && image != null) {
        images.add(image);
        labels.add(classes.indexOf(label));
      }
    }
    // Fewer than asked for are shared out in the same proportion.
    int bank =
        (int)
            Math.min(settings.bank(), images.size() * (long) settings.bank() / Math.max(1, wanted));
    if (bank < settings.k() || images.size() - bank < 1) {
      log.warn(
          "no kNN metric: {} labeled held-out images decode, k = {}", images.size(), settings.k());
      return null;
    }
    return new ProbeImages(
        new LabeledImages(images.subList(0, bank), labels.subList(0, bank)),
        new LabeledImages(
            images.subList(bank, images.size()), labels.subList(bank, labels.size())));
  }
}
