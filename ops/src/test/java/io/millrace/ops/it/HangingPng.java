package io.millrace.ops.it;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * While it is open, a PNG reader of this JVM stands before the JDK's and does as that does, but
 * hangs in one image, as a reader's bug would: it asks no timer and hears no interrupt. Threads
 * that have a reader already keep theirs.
 */
public final class HangingPng implements AutoCloseable {
  /** By its width the reader knows the image. */
  private static final int WIDTH = 77;

  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger hanging = new AtomicInteger();
  private final IIORegistry registry = IIORegistry.getDefaultInstance();
  private final Spi spi;

  public HangingPng() {
    List<ImageReaderSpi> others = new ArrayList<>();
    registry
        .getServiceProviders(ImageReaderSpi.class, true)
        .forEachRemaining(
            s -> {
              if (List.of(s.getFormatNames()).contains("png")) {
                others.add(s);
              }
            });
    spi = new Spi(others.get(0));
    registry.registerServiceProvider(spi, ImageReaderSpi.class);
    others.forEach(other -> registry.setOrdering(ImageReaderSpi.class, spi, other));
  }

  /** The file in which the reader hangs. */
  public static byte[] file() {
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(WIDTH, 40, BufferedImage.TYPE_INT_RGB), "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Threads that hang now. */
  public int hanging() {
    return hanging.get();
  }

  /** Lets them go, and takes the reader away. */
  @Override
  public void close() {
    release.countDown();
    registry.deregisterServiceProvider(spi, ImageReaderSpi.class);
  }

  private void hang() {
    hanging.incrementAndGet();
    boolean interrupted = false;
    while (true) {
      try {
        release.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // a reader that hangs hears nothing
      }
    }
    hanging.decrementAndGet();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Spi extends ImageReaderSpi {
    private final ImageReaderSpi jdk;

    Spi(ImageReaderSpi jdk) {
      super(
          "millrace",
          "1",
          new String[] {"png"},
          new String[] {"png"},
          new String[] {"image/png"},
          Reader.class.getName(),
          new Class<?>[] {ImageInputStream.class},
          null,
          false,
          null,
          null,
          null,
          null,
          false,
          null,
          null,
          null,
          null);
      this.jdk = jdk;
    }

    @Override
    public boolean canDecodeInput(Object source) throws IOException {
      return jdk.canDecodeInput(source);
    }

    @Override
    public ImageReader createReaderInstance(Object extension) throws IOException {
      return new Reader(this, jdk.createReaderInstance());
    }

    @Override
    public String getDescription(Locale locale) {
      return "hangs";
    }
  }

  private final class Reader extends ImageReader {
    private final ImageReader jdk;

    Reader(Spi spi, ImageReader jdk) {
      super(spi);
      this.jdk = jdk;
    }

    @Override
    public void setInput(Object input, boolean forward, boolean noMetadata) {
      super.setInput(input, forward, noMetadata);
      jdk.setInput(input, forward, noMetadata);
    }

    @Override
    public BufferedImage read(int index, ImageReadParam parameters) throws IOException {
      if (jdk.getWidth(index) == WIDTH) {
        hang();
      }
      return jdk.read(index, parameters);
    }

    @Override
    public void addIIOReadWarningListener(IIOReadWarningListener listener) {
      jdk.addIIOReadWarningListener(listener);
    }

    @Override
    public void addIIOReadProgressListener(IIOReadProgressListener listener) {
      jdk.addIIOReadProgressListener(listener);
    }

    @Override
    public void removeAllIIOReadWarningListeners() {
      jdk.removeAllIIOReadWarningListeners();
    }

    @Override
    public void removeAllIIOReadProgressListeners() {
      jdk.removeAllIIOReadProgressListeners();
    }

    @Override
    public int getNumImages(boolean search) throws IOException {
      return jdk.getNumImages(search);
    }

    @Override
    public int getWidth(int index) throws IOException {
      return jdk.getWidth(index);
    }

    @Override
    public int getHeight(int index) throws IOException {
      return jdk.getHeight(index);
    }

    @Override
    public Iterator<ImageTypeSpecifier> getImageTypes(int index) throws IOException {
      return jdk.getImageTypes(index);
    }

    @Override
    public IIOMetadata getStreamMetadata() throws IOException {
      return jdk.getStreamMetadata();
    }

    @Override
    public IIOMetadata getImageMetadata(int index) throws IOException {
      return jdk.getImageMetadata(index);
    }

    @Override
    public void dispose() {
      jdk.dispose();
    }
  }
}
