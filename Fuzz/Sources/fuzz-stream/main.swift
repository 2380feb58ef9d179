import CFuzzer
import Glibc

exit(fuzz_drive(CommandLine.argc, CommandLine.unsafeArgv, fuzz))
