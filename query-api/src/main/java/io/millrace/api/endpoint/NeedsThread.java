package io.millrace.api.endpoint;

/// Thrown on an IO thread where a request would have to wait, for a place to search or for its
/// client. Nothing was answered: the request begins again on a thread of its own, where reads that
/// strict mode counts are counted once more.
public final class NeedsThread extends RuntimeException {
  private static final ScopedValue<Boolean> IO_THREAD = ScopedValue.newInstance();

  public NeedsThread() {
    super("the request needs a thread of its own", null, false, false);
  }

  /// Serves a request on an IO thread; throws this where it would have to wait.
  public static <T, X extends Throwable> T onIoThread(ScopedValue.CallableOp<T, X> served)
      throws X {
    return ScopedValue.where(IO_THREAD, true).call(served);
  }

  /// To be called before anything is waited for.
  public static void check() {
    if (IO_THREAD.isBound()) {
      throw new NeedsThread();
    }
  }
}
