package io.millrace.ingest.source;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How publishing stands after a transaction.
 *
 * @param published images published, earlier runs included
 * @param done images dealt with: published or passed over
 * @param total images in the source, or {@link ImageSet#UNBOUNDED}
 * @param perSecond images a second in this run
 * @param remaining time left at this rate; null when unknown or without end
 */
public record PublishProgress(
    long published, long done, long total, double perSecond, @Nullable Duration remaining) {}
