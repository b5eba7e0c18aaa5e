package io.millrace.learner.checkpoint;

/** Told what became of checkpoints on their way to object storage, on a thread of its own. */
public interface UploadListener {
  /** Tells nobody. */
  UploadListener NONE =
      new UploadListener() {
        @Override
        public void uploaded(CheckpointName name, long nanos) {}

        @Override
        public void failed() {}
      };

  /** A checkpoint is there, whole. */
  void uploaded(CheckpointName name, long nanos);

  /** One could not be put, or old ones not removed; it is tried again. */
  void failed();
}
