package dev.keyhold.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.security.ProviderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the JDK's provider has no call for: to end a PKCS#11 module and begin it anew. The provider
/// initialises a module once a process and never again, while there are modules that, once their
/// token was away, find it only after that. Source: PKCS#11 2.40, section 5.4.
@SuppressWarnings("restricted") // calls native code, of a module that the provider has loaded too
final class Pkcs11Module {
  private static final Logger LOG = LoggerFactory.getLogger(Pkcs11Module.class);

  private static final long OK = 0;
  private static final long NOT_INITIALIZED = 0x190;
  private static final long ALREADY_INITIALIZED = 0x191;
  private static final long OS_LOCKING_OK = 2; // several threads may call

  /// `CK_C_INITIALIZE_ARGS`: four functions for locks, which we have none of, flags, and nothing.
  private static final MemoryLayout ARGUMENTS =
      MemoryLayout.structLayout(
          MemoryLayout.sequenceLayout(4, ValueLayout.ADDRESS),
          ValueLayout.JAVA_LONG.withName("flags"),
          ValueLayout.ADDRESS);

  private static final FunctionDescriptor FUNCTION =
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  private Pkcs11Module() {}

  /// Ends all sessions and logins of this process with the module, whoever has them. Nobody of ours
  /// may be in a call to it. One that will not be ended stays as it is: a login may do.
  ///
  /// @throws ProviderException when the module can't be loaded, or can't begin
  static void restart(Path library) {
    try (var arena = Arena.ofConfined()) {
      // The library that the provider has loaded: the system knows it by its path. Never unloaded,
      // for it may have threads of its own.
      SymbolLookup functions = SymbolLookup.libraryLookup(library, Arena.global());
      long ended = call(functions, "C_Finalize", MemorySegment.NULL);
      if (ended != OK && ended != NOT_INITIALIZED) {
        LOG.warn("{} will not end: C_Finalize answered 0x{}", library, Long.toHexString(ended));
        return;
      }
      MemorySegment arguments = arena.allocate(ARGUMENTS);
      var flags = ARGUMENTS.byteOffset(MemoryLayout.PathElement.groupElement("flags"));
      arguments.set(ValueLayout.JAVA_LONG, flags, OS_LOCKING_OK);
      long begun = call(functions, "C_Initialize", arguments);
      if (begun != OK && begun != ALREADY_INITIALIZED) {
        throw new ProviderException("C_Initialize answered 0x" + Long.toHexString(begun));
      }
    } catch (IllegalArgumentException e) {
      throw new ProviderException("the PKCS#11 module can't be loaded", e);
    }
  }

  /// @return its `CK_RV`
  private static long call(SymbolLookup functions, String name, MemorySegment argument) {
    MemorySegment address =
        functions
            .find(name)
            .orElseThrow(() -> new ProviderException("the PKCS#11 module has no " + name));
    MethodHandle function = Linker.nativeLinker().downcallHandle(address, FUNCTION);
    try {
      return (long) function.invokeExact(argument);
    } catch (Throwable e) {
      throw new ProviderException(name + " could not be called", e);
    }
  }
}
