package io.millrace.ops.explore;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.awt.image.BufferedImage;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record of {@code images.accepted} as the page shows it. */
public final class AcceptedRecord {
  private static final int SIDE = 192;

  private AcceptedRecord() {}

  /** Its image id; empty without a key. */
  public static String id(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? "" : ImageId.decode(record.key());
  }

  /** Its image; empty for a tombstone, and where it does not decode. */
  public static Optional<ThumbnailCache.Image> image(
      ConsumerRecord<byte[], byte[]> record, ImageDecoder decoder) {
    if (record.value() == null
        || !(decoder.decode(record.value()) instanceof DecodeOutcome.Decoded decoded)) {
      return Optional.empty();
    }
    String source = HeaderText.get(record.headers(), ImageHeaders.CE_SOURCE);
    return Optional.of(
        new ThumbnailCache.Image(
            id(record),
            source == null ? "" : source,
            HeaderText.get(record.headers(), ImageHeaders.CE_LABEL),
            HeaderText.get(record.headers(), ImageHeaders.CE_SUBJECT),
            decoded.image().width(),
            decoded.image().height(),
            drawn(decoded.image())));
  }

  private static BufferedImage drawn(PixelImage image) {
    PixelImage small = image.shrinkTo(SIDE);
    var out = new BufferedImage(small.width(), small.height(), BufferedImage.TYPE_INT_RGB);
    int[] line = new int[small.width()];
    byte[] rgb = small.rgb();
    for (int y = 0; y < small.height(); y++) {
      for (int x = 0; x < small.width(); x++) {
        int i = (y * small.width() + x) * 3;
        line[x] = (rgb[i] & 0xFF) << 16 | (rgb[i + 1] & 0xFF) << 8 | (rgb[i + 2] & 0xFF);
      }
      out.setRGB(0, y, small.width(), 1, line, 0, small.width());
    }
    return out;
  }
}
