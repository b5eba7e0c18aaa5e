package io.millrace.serving.index;

import io.millrace.serving.embed.ModelVersion;

/** A query of one version came to the index of another: their vectors are never compared. */
public final class OtherVersionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names both. */
  public OtherVersionException(ModelVersion query, ModelVersion index) {
    super(
        "the query is of version "
            + query
            + ", the search serves version "
            + index
            + ": vectors of two versions are never compared");
  }
}
