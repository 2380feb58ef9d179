/// What `--help` prints.
enum Help {
    static let text = """
        Usage: portier [OPTION]... COMMAND [ARGUMENT]...
        Ask the intercom daemon, portierd, what goes on, and tell it what to do.

        Commands:
          check FILE             say what is wrong with a configuration file
          wiring FILE            draw what a configuration file wires to a Raspberry
                                 Pi's header, as SVG on the standard output
          state                  show accounts, calls, lines and sound
          confirm                wait until accounts are registered, the sound runs
                                 and nothing is faulty; 1 if that does not come
          events                 show what happens, until interrupted
          press NAME [--long | --double | --chord]
                                 press a button, or all of a chord, as a visitor would
          open DOOR              open a door, as its code would
          output NAME on|off|pulse
                                 switch an output
          call TARGET            call an entry of the phone book or a SIP address
          answer [CALL]          answer the call that rings
          hangup [CALL]          end or refuse a call
          hold [CALL]            hold a call
          resume [CALL]          take a held call back
          transfer TARGET [CALL] send the other side on to somebody else
          message TARGET TEXT    send a text to an entry or an address
          dtmf DIGITS [CALL]     send keys (0-9 * # A-D) to the other side
          fault NAME [on|off]    show another program's fault on the lamps, or end it
          aec FAR MIC OUT        cancel FAR's echo in MIC (WAV files) as in a call
          selftest sound         play a sweep on the configured sound card, and say what
                                 is wrong with loudspeaker, microphone and levels
          playout TRACE OUT      play the RTP stream of a packet capture (pcap) as
                                 a call would, into a WAV file

        CALL is a call as 'state' names it, such as in-1; without it the only one.

        Options:
          -s, --socket PATH      where portierd listens (default: $PORTIER_SOCKET,
                                 else /run/portier/control.sock)
          -j, --json             print JSON, for programs
          -l, --long             press: hold the button down
          -d, --double           press: twice in a row
              --chord            press: NAME is a chord
              --credentials DIR  check: where credentials lie (default:
                                 $CREDENTIALS_DIRECTORY)
              --config FILE      selftest: the daemon's configuration
              --within TIME      confirm: at most so long (default: 120s)
              --as-before FILE   confirm: demand only what worked in the state
                                 that FILE has, of --json state
              --report FILE      aec: write every second's figures as TSV
              --rate HZ          playout: 8000 or 16000 (default: the stream's)
              --ssrc NUMBER      playout: which stream (default: most packets)
              --codec PT=NAME    playout: what a payload type is: pcma, pcmu,
                                 g722, opus, l16 or event; may be repeated
          -h, --help             print this help
          -V, --version          print the version

        Exit status: 0 done, 1 refused or wrong, 2 bad usage, 3 portierd not reached.

        """
}
