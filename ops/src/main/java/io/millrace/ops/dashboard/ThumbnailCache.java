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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Accepted images as small pictures of our own making: never the bytes that came in. The newest
 * ones as they come, and a few older ones that somebody asked for.
 */
public final class ThumbnailCache {
  private static final int SIDE = 128;
  private static final int ASKED_FOR = 240;
  private static final int FORGOTTEN = 1000;
  private static final int LONGEST_TEXT = 200;

  private final int shown;
  private final int capacity;
  private final Deque<Picture> pictures = new ArrayDeque<>();
  private final Map<String, Picture> askedFor = new LinkedHashMap<>();
  private final Set<String> forgotten = new LinkedHashSet<>();
  private long next;

  /**
   * @param shown newest pictures that the page shows
   * @param capacity pictures to keep, to look into
   */
  public ThumbnailCache(int shown, int capacity) {
    this.shown = shown;
    this.capacity = capacity;
  }

  /** Adds one of the newest images; the oldest makes room. */
  public void add(Image image) {
    byte[] png = png(shrunk(image.pixels()));
    synchronized (this) {
      forgotten.remove(image.id());
      pictures.addLast(picture(image, png));
      if (pictures.size() > capacity) {
        pictures.removeFirst();
      }
    }
  }

  /**
   * Keeps an older image that somebody asked for, apart from the newest ones; what was asked for
   * first makes room.
   *
   * @return its picture; empty where the image has been forgotten meanwhile
   */
  public Optional<Picture> keep(Image image) {
    byte[] png = png(shrunk(image.pixels()));
    synchronized (this) {
      if (forgotten.contains(image.id())) {
        return Optional.empty();
      }
      Picture picture = picture(image, png);
      askedFor.remove(image.id());
      askedFor.put(image.id(), picture);
      removeFirst(askedFor.keySet(), ASKED_FOR);
      return Optional.of(picture);
    }
  }

  private Picture picture(Image image, byte[] png) {
    return new Picture(
        next++,
        image.id(),
        cut(image.source()),
        image.label() == null ? null : cut(image.label()),
        image.name() == null ? null : cut(image.name()),
        image.width(),
        image.height(),
        png);
  }

  /** Headers hold any text a producer writes. */
  private static String cut(String text) {
    return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "…" : text;
  }

  private static void removeFirst(Set<String> from, int most) {
    if (from.size() > most) {
      from.remove(from.iterator().next());
    }
  }

  /** Drops the pictures of an image that is forgotten. */
  public synchronized void remove(String id) {
    pictures.removeIf(picture -> picture.id().equals(id));
    askedFor.remove(id);
    forgotten.add(id);
    removeFirst(forgotten, FORGOTTEN);
  }

  /** An image that was forgotten is there again: it may be asked for. */
  public synchronized void allow(String id) {
    forgotten.remove(id);
  }

  /** The newest ones, newest first. */
  public synchronized List<Card> cards() {
    return pictures().stream().limit(shown).map(Card::of).toList();
  }

  /** All of the newest that are kept, newest first. */
  public synchronized List<Picture> pictures() {
    var out = new ArrayList<>(pictures);
    Collections.reverse(out);
    return out;
  }

  /** The newest picture of an image, among the newest and those asked for; empty without one. */
  public synchronized Optional<Picture> picture(String id) {
    for (Iterator<Picture> newestFirst = pictures.descendingIterator(); newestFirst.hasNext(); ) {
      Picture picture = newestFirst.next();
      if (picture.id().equals(id)) {
        return Optional.of(picture);
      }
    }
    return Optional.ofNullable(askedFor.get(id));
  }

  /** A picture by its number, among the newest and those asked for; empty when it is gone. */
  public synchronized Optional<Picture> picture(long number) {
    return Stream.concat(pictures.stream(), askedFor.values().stream())
        .filter(p -> p.number() == number)
        .findFirst();
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
   * A decoded image, to be shown.
   *
   * @param id image id
   * @param source where it came from; empty where that is not said
   * @param label what its producer says it shows; null where that is not said
   * @param name what the image is called where it came from, such as its file; null where that is
   *     not said
   * @param width of the image itself, in pixels
   * @param height of the image itself, in pixels
   * @param pixels the image, or a smaller one of it
   */
  public record Image(
      String id,
      String source,
      @Nullable String label,
      @Nullable String name,
      int width,
      int height,
      BufferedImage pixels) {
    /** One whose pixels are all there. */
    public Image(String id, String source, @Nullable String label, BufferedImage pixels) {
      this(id, source, label, null, pixels.getWidth(), pixels.getHeight(), pixels);
    }
  }

  /**
   * A kept picture.
   *
   * @param number names it
   * @param id image id
   * @param source where it came from
   * @param label what its producer says it shows
   * @param name what the image is called where it came from, such as its file; null where that is
   *     not said
   * @param width of the image itself
   * @param height of the image itself
   * @param png no side longer than 128 pixels; not to be written to
   */
  public record Picture(
      long number,
      String id,
      String source,
      @Nullable String label,
      @Nullable String name,
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
   * @param name what the image is called where it came from, such as its file; null where that is
   *     not said
   * @param width of the image itself
   * @param height of the image itself
   */
  public record Card(
      long number,
      String id,
      String source,
      @Nullable String label,
      @Nullable String name,
      int width,
      int height) {
    /** The card of a picture. */
    public static Card of(Picture p) {
      return new Card(p.number(), p.id(), p.source(), p.label(), p.name(), p.width(), p.height());
    }
  }
}
