package io.millrace.ops.dashboard;

import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
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

/** The newest images as small pictures of our own making: never the bytes that came in. */
public final class Gallery {
  private static final int SIDE = 96;

  private final int capacity;
  private final Deque<Picture> pictures = new ArrayDeque<>();
  private long next;

  /**
   * @param capacity pictures to keep
   */
  public Gallery(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a picture made from decoded pixels; the oldest makes room. */
  public void add(String id, String source, BufferedImage pixels) {
    byte[] png = png(shrunk(pixels));
    synchronized (this) {
      pictures.addLast(new Picture(next++, id, source, pixels.getWidth(), pixels.getHeight(), png));
      while (pictures.size() > capacity) {
        pictures.removeFirst();
      }
    }
  }

  /** What there is, newest first. */
  public synchronized List<Card> cards() {
    var out = new ArrayList<Card>();
    for (Picture p : pictures) {
      out.add(new Card(p.number(), p.id(), p.source(), p.width(), p.height()));
    }
    Collections.reverse(out);
    return out;
  }

  /** A picture's PNG; empty when it is gone. */
  synchronized Optional<byte[]> png(long number) {
    return pictures.stream().filter(p -> p.number() == number).map(Picture::png).findFirst();
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

  private static byte[] png(BufferedImage image) {
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private record Picture(
      long number, String id, String source, int width, int height, byte[] png) {}

  /**
   * What the page says about a picture.
   *
   * @param number names its picture
   * @param id image id
   * @param source where it came from
   * @param width of the image itself
   * @param height of the image itself
   */
  public record Card(long number, String id, String source, int width, int height) {}
}
