package io.millrace.ops.node;

/** A part of the process that works until it is asked to stop. */
public interface Role {
  /** Such as {@code learner}. */
  String name();

  /** The work; what it throws ends the role. */
  void run() throws Exception;

  /** Asks the work to end; called from another thread, perhaps before it began. */
  void stop();

  /** The work of a role that is made of parts. */
  interface Body {
    void run() throws Exception;
  }

  /** A role made of its parts. */
  static Role of(String name, Body body, Runnable stopper) {
    return new Role() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public void run() throws Exception {
        body.run();
      }

      @Override
      public void stop() {
        stopper.run();
      }
    };
  }
}
