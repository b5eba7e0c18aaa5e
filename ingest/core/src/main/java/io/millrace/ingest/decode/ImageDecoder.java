package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import io.millrace.ingest.image.OtherFormats;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Encoded bytes → upright 8-bit RGB pixels or a typed rejection; never an exception for what the
 * bytes hold. The guards come in this order, all before a pixel is made: size, first bytes, header,
 * sides and pixel count, scans, whole file present. Safe for many threads.
 */
public final class ImageDecoder implements AutoCloseable {
  /** Pixels that may by themselves ask for more memory than is left. */
  private static final long LARGE = 1L << 20;

  /** Asks for all pixels that are stored. */
  private static final int AS_IT_IS = Integer.MAX_VALUE;

  private final DecodeLimits limits;
  private final DecodeListener listener;
  private final ThreadLocal<PixelReader> readers;
  private final ThreadLocal<@Nullable TurboJpeg> shortCuts;
  private final AtomicInteger hung = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final InlineWatchdog watchdog;
  private final DecodeWorkers workers;

  /** Pixels that large images may hold at one time: as many as the largest alone. */
  private final Semaphore pixels;

  /** A decoder that nobody listens to. */
  public ImageDecoder(DecodeLimits limits) {
    this(limits, DecodeListener.NONE);
  }

  /**
   * @param listener hears of hung decodes
   */
  public ImageDecoder(DecodeLimits limits, DecodeListener listener) {
    this(limits, listener, ImageIoPixelReader::new, TurboJpeg::create);
  }

  /** A decoder that goes without the system's libjpeg-turbo: the same pixels, more slowly. */
  public static ImageDecoder portable(DecodeLimits limits) {
    return new ImageDecoder(limits, DecodeListener.NONE, ImageIoPixelReader::new);
  }

  ImageDecoder(DecodeLimits limits, DecodeListener listener, Supplier<PixelReader> newReader) {
    this(limits, listener, newReader, () -> null);
  }

  /**
   * @param newShortCut made once for each thread; gives null for none
   */
  ImageDecoder(
      DecodeLimits limits,
      DecodeListener listener,
      Supplier<PixelReader> newReader,
      Supplier<@Nullable TurboJpeg> newShortCut) {
    this.shortCuts = ThreadLocal.withInitial(newShortCut);
    this.limits = limits;
    this.listener = listener;
    this.readers = ThreadLocal.withInitial(newReader);
    this.watchdog = new InlineWatchdog(limits.timeLimit(), () -> hung(true));
    this.pixels = new Semaphore((int) limits.maxPixels(), true);
    this.workers = new DecodeWorkers(limits, () -> hung(false), hung::decrementAndGet);
  }

  /** The limits it keeps. */
  public DecodeLimits limits() {
    return limits;
  }

  /** Threads now lost to readers that ignored their abort. */
  public int hungThreads() {
    return hung.get();
  }

  /** Pixels, or why there are none. */
  public DecodeOutcome decode(byte[] bytes) {
    if (closed.get()) {
      throw new IllegalStateException("the decoder is closed");
    }
    try {
      ImageHeader header = header(bytes);
      PixelImage stored =
          header.pixels() <= limits.inlinePixels()
              ? inline(header, AS_IT_IS)
              : onWorker(header, AS_IT_IS);
      int orientation = Orientation.of(header.exif(), header.leniencies());
      return new DecodeOutcome.Decoded(
          Orientation.upright(stored, orientation), header.leniencies());
    } catch (DecodeException e) {
      return e.outcome();
    }
  }

  /**
   * Upright pixels of an image that may be large.
   *
   * @param image no side longer than asked for
   * @param width pixels across before it was shrunk, upright
   * @param height pixels down before it was shrunk, upright
   * @param orientation how stored pixels stood to these, 1 for alike
   * @param plain a file of all stored pixels as they are coded, without anything odd; null where
   *     readers would differ in what they make of it
   */
  record Shrunk(
      DecodeOutcome.Decoded image,
      int width,
      int height,
      int orientation,
      byte @Nullable [] plain) {}

  /**
   * Pixels with no side longer than {@code maxSide}, but for images so long that the other side
   * would fall under the shortest allowed. A JPEG file of at least twice that is shrunk while it is
   * decoded, where libjpeg-turbo is there.
   *
   * @param maxSide in pixels; 0 for any
   * @param scaled whether libjpeg-turbo may be used
   */
  Shrunk shrunk(byte[] bytes, int maxSide, boolean scaled) throws DecodeException {
    if (closed.get()) {
      throw new IllegalStateException("the decoder is closed");
    }
    ImageHeader header = header(bytes);
    int side = sideFor(header, maxSide);
    int least = scaled && maxSide > 0 ? side : AS_IT_IS;
    PixelImage stored =
        header.pixels() <= limits.inlinePixels() ? inline(header, least) : onWorker(header, least);
    int orientation = Orientation.of(header.exif(), header.leniencies());
    PixelImage image = maxSide > 0 ? stored.shrinkTo(side) : stored;
    boolean turned = orientation >= 5;
    return new Shrunk(
        new DecodeOutcome.Decoded(Orientation.upright(image, orientation), header.leniencies()),
        turned ? header.height() : header.width(),
        turned ? header.width() : header.height(),
        orientation,
        header.plain());
  }

  /** The limit, or more where the shorter side would fall under what is accepted. */
  private int sideFor(ImageHeader header, int maxSide) {
    int longest = Math.max(header.width(), header.height());
    int shortest = Math.min(header.width(), header.height());
    return (int) Math.max(maxSide, ((long) limits.minSide() * longest + shortest - 1) / shortest);
  }

  private ImageHeader header(byte[] bytes) throws DecodeException {
    if (bytes.length == 0) {
      throw new DecodeException(RejectionReason.EMPTY, "0 bytes");
    }
    if (bytes.length > limits.maxBytes()) {
      throw new DecodeException(
          RejectionReason.TOO_LARGE,
          bytes.length + " bytes: expected at most " + limits.maxBytes());
    }
    return switch (ImageFormat.of(bytes)) {
      case JPEG -> JpegHeaderParser.parse(bytes, limits);
      case PNG -> PngHeaderParser.parse(bytes, limits);
      case UNKNOWN ->
          throw new DecodeException(
              RejectionReason.UNSUPPORTED_FORMAT,
              Objects.requireNonNullElse(OtherFormats.byContent(bytes), "neither JPEG nor PNG")
                  + " by its first bytes: expected JPEG or PNG");
    };
  }

  private PixelImage inline(ImageHeader header, int least) throws DecodeException {
    DecodeTimer timer = new DecodeTimer(limits.timeLimit(), limits.wallLimit());
    InlineWatchdog.Slot slot = watchdog.enter(timer);
    try {
      return read(header, timer, least);
    } finally {
      if (watchdog.leave(slot)) {
        hung.decrementAndGet();
      }
    }
  }

  private PixelImage onWorker(ImageHeader header, int least) throws DecodeException {
    int held = (int) header.pixels();
    pixels.acquireUninterruptibly(held);
    try {
      return workers.run(timer -> read(header, timer, least));
    } finally {
      pixels.release(held);
    }
  }

  private PixelImage read(ImageHeader header, DecodeTimer timer, int least) throws DecodeException {
    try {
      TurboJpeg turbo = header.format() == ImageFormat.JPEG ? shortCuts.get() : null;
      PixelImage quick =
          turbo == null
              ? null
              : turbo.read(header.codestream(), header.width(), header.height(), least);
      if (quick != null) {
        timer.check();
        return quick;
      }
      PixelImage image = readers.get().read(header, timer);
      timer.check();
      return image;
    } catch (IOException | RuntimeException e) {
      if (timer.isUp()) {
        throw DecodeWorkers.timeUp(limits);
      }
      throw new DecodeException(RejectionReason.CORRUPT, describe(e));
    } catch (OutOfMemoryError e) {
      if (header.pixels() <= LARGE) {
        throw e; // not for this image's sake
      }
      throw new DecodeException(
          RejectionReason.TOO_MANY_PIXELS,
          header.width()
              + "×"
              + header.height()
              + " pixels do not fit into the memory left: give the process more, or lower"
              + " maxPixels");
    }
  }

  private static String describe(Exception e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  private void hung(boolean callerBlocked) {
    int now = hung.incrementAndGet();
    listener.decodeHung(now, callerBlocked || now >= limits.hungThreads());
  }

  /** Ends the watchdog and the idle workers. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      watchdog.close();
      workers.close();
    }
  }
}
