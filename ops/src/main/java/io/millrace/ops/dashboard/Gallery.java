package io.millrace.ops.dashboard;

import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Accepted images as small pictures of our own making: never the bytes that came in. */
public final class Gallery {
  private static final int SIDE = 128;

  private final int shown;
  private final int capacity;
  private final Deque<Picture> pictures = new ArrayDeque<>();
  private long next;

  /**
   * @param shown newest pictures that the page shows
   * @param capacity pictures to keep, to look into
   */
  public Gallery(int shown, int capacity) {
    this.shown = shown;
    this.capacity = capacity;
  }

  /**
   * Adds a picture made from decoded pixels; the oldest makes room.
   *
   * @param label what its producer says it shows; null where that is not said
   */
  public void add(String id, String source, @Nullable String label, BufferedImage pixels) {
    byte[] png = png(shrunk(pixels));
    synchronized (this) {
      pictures.addLast(
          new Picture(next++, id, source, label, pixels.getWidth(), pixels.getHeight(), png));
      while (pictures.size() > capacity) {
        pictures.removeFirst();
      }
    }
  }

  /** Drops the pictures of an image that is forgotten. */
  public synchronized void remove(String id) {
    pictures.removeIf(picture -> picture.id().equals(id));
  }

  /** The newest ones, newest first. */
  public synchronized List<Card> cards() {
    return pictures().stream().limit(shown).map(Card::of).toList();
  }

  /** All that are kept, newest first. */
  public synchronized List<Picture> pictures() {
    var out = new ArrayList<>(pictures);
    Collections.reverse(out);
    return out;
  }

  /** One of them; empty when it is gone. */
  public synchronized Optional<Picture> picture(long number) {
    return pictures.stream().filter(p -> p.number() == number).findFirst();
  }

  private static BufferedImage shrunk(BufferedImage in) {
    double scale = Math.min(1, SIDE / (double) Math.max(in.getWidth(), in.getHeight()));
    int width = Math.max(1, (int) Math.round(in.getWidth() * scale));
    int height = Math.max(1, (int) Math.round(in.getHeight() * scale));
    var out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    var graphics = out.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(in, 0, 0, width, height, null);
    } finally {
      graphics.dispose();
    }
    return out;
  }

  /** A picture as PNG. */
  public static byte[] png(BufferedImage image) {
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * A kept picture.
   *
   * @param number names it
   * @param id image id
   * @param source where it came from
   * @param label what its producer says it shows
   * @param width of the image itself
   * @param height of the image itself
   * @param png no side longer than 128 pixels; not to be written to
   */
  public record Picture(
      long number,
      String id,
      String source,
      @Nullable String label,
      int width,
      int height,
      byte[] png) {
    /** Its pixels. */
    public BufferedImage image() {
      try {
        return ImageIO.read(new ByteArrayInputStream(png));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * What the page says about a picture.
   *
   * @param number names its picture
   * @param id image id
   * @param source where it came from
   * @param label what its producer says it shows
   * @param width of the image itself
   * @param height of the image itself
   */
  public record Card(
      long number, String id, String source, @Nullable String label, int width, int height) {
    /** The card of a picture. */
    public static Card of(Picture p) {
      return new Card(p.number(), p.id(), p.source(), p.label(), p.width(), p.height());
    }
  }
}
