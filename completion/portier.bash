# bash completion for portier(1). A test holds these words to those of `portier --help`.

_portier() {
    local commands='check wiring state confirm events press open output call answer hangup hold resume transfer message dtmf fault aec selftest playout help'
    local options='--socket --json --long --double --chord --credentials --config --within --report --rate --ssrc --codec --help --version'
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' words=0 index
    COMPREPLY=()

    # The value of an option, given apart.
    case $previous in
        -s | --socket | --config | --report | --as-before)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --credentials)
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return
            ;;
        --rate)
            mapfile -t COMPREPLY < <(compgen -W '8000 16000' -- "$current")
            return
            ;;
        --ssrc | --codec | --within) return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --as-before" -- "$current")
        return
    fi

    # The command, and how many words stand behind it.
    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
            -s | --socket | --config | --report | --credentials | --rate | --ssrc | --codec | --within | --as-before) ((index++)) ;;
            -*) ;;
            *) if [[ -z $command ]]; then command=${COMP_WORDS[index]}; else ((words++)); fi ;;
        esac
    done
    case $command:$words in
        :0) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
        output:1) mapfile -t COMPREPLY < <(compgen -W 'on off pulse' -- "$current") ;;
        fault:1) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$current") ;;
        selftest:0) mapfile -t COMPREPLY < <(compgen -W sound -- "$current") ;;
        check:0 | wiring:0 | aec:[0-2] | playout:[01]) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
}
complete -o filenames -F _portier portier
