package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.PixelImage;

/** An image that monitors keep looking at. */
public record ReferenceImage(String id, PixelImage image) {}
