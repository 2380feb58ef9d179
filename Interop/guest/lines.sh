# shellcheck shell=sh
# A simulated chip with the rig's lines, in their order: each has its files in /run/NAME, and /run/chip is the chip.
board=/sys/kernel/config/gpio-sim/board
names='BELL PROBE LIGHT STRIKE FREE LEFT RIGHT LEAF EXIT'
mkdir -p $board/lines
echo 16 >$board/lines/num_lines
number=0
for name in $names; do
    mkdir $board/lines/line$number
    echo "$name" >$board/lines/line$number/name
    number=$((number + 1))
done
echo 1 >$board/live
ln -s "/dev/$(cat $board/lines/chip_name)" /run/chip
chip=/sys/devices/platform/$(cat $board/dev_name)/$(cat $board/lines/chip_name)
number=0
for name in $names; do
    ln -s "$chip/sim_gpio$number" "/run/$name"
    number=$((number + 1))
done
