package io.millrace.learner.loop;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pixels of what replay draws. What is held compressed is decoded on other threads, ahead of its
 * update where the next draw is known. What comes out does not depend on either. Used by one
 * thread.
 */
final class DrawnImages {
  private static final Logger LOG = LoggerFactory.getLogger(DrawnImages.class);

  private final Function<byte[], DecodeOutcome> decoder;
  private final Executor threads;
  private final int maxSide;
  private Map<byte[], CompletableFuture<DecodeOutcome>> ahead = new IdentityHashMap<>();

  /**
   * @param threads where it decodes
   * @param maxSide longest side in pixels, as the settings have it now
   */
  DrawnImages(Function<byte[], DecodeOutcome> decoder, Executor threads, int maxSide) {
    this.decoder = decoder;
    this.threads = threads;
    this.maxSide = maxSide;
  }

  /** For a buffer that holds pixels alone. */
  static DrawnImages ofPixels() {
    return new DrawnImages(
        file -> {
          throw new IllegalStateException("a compressed image where pixels alone are held");
        },
        Runnable::run,
        Integer.MAX_VALUE);
  }

  /** Begins to decode what is likely drawn next; what was begun before and is not in it goes. */
  void ahead(List<ReplayEntry> next) {
    var begun = new IdentityHashMap<byte[], CompletableFuture<DecodeOutcome>>();
    for (ReplayEntry entry : next) {
      if (entry.image() instanceof KeptImage.Encoded encoded) {
        CompletableFuture<DecodeOutcome> before = ahead.get(encoded.file());
        begun.put(encoded.file(), before == null ? begin(encoded.file()) : before);
      }
    }
    ahead = begun;
  }

  private CompletableFuture<DecodeOutcome> begin(byte[] file) {
    return CompletableFuture.supplyAsync(() -> decoder.apply(file), threads);
  }

  /**
   * Pixels in the order of the entries.
   *
   * @param broken gets the ids of those that did not decode, which are logged and left out
   */
  List<IdentifiedImage> pixels(List<ReplayEntry> drawn, Collection<String> broken) {
    ahead(drawn);
    var out = new ArrayList<IdentifiedImage>(drawn.size());
    for (ReplayEntry entry : drawn) {
      PixelImage pixels =
          entry.image() instanceof KeptImage.Encoded encoded
              ? decoded(entry.id(), encoded)
              : ((KeptImage.Pixels) entry.image()).image();
      if (pixels == null) {
        broken.add(entry.id());
      } else {
        out.add(new IdentifiedImage(entry.id(), pixels));
      }
    }
    ahead = new IdentityHashMap<>();
    return out;
  }

  private @Nullable PixelImage decoded(String id, KeptImage.Encoded encoded) {
    DecodeOutcome outcome;
    try {
      outcome = Objects.requireNonNull(ahead.get(encoded.file())).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    if (outcome instanceof DecodeOutcome.Decoded decoded) {
      return decoded.image().shrinkTo(maxSide);
    }
    LOG.warn("image {} is kept compressed and does not decode: {}", id, outcome);
    return null;
  }
}
