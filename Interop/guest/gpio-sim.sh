#!/bin/bash
# Builds gpio-sim, which Debian's kernel comes without, out of the kernel's source and against its headers.
#
#   gpio-sim.sh RELEASE FOLDER [VARIABLE]...      FOLDER/irq_sim.ko and FOLDER/gpio-sim.ko; VARIABLEs are make's
set -euo pipefail
release=$1 folder=$2
shift 2

source=linux-source-6.12
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
tar --transform='s,.*/,,' -xJf /usr/src/$source.tar.xz $source/drivers/gpio/gpio-sim.c $source/kernel/irq/irq_sim.c
# Modules may not call irq_to_desc(); this does the same by the number.
sed -i 's/handle_simple_irq(irq_to_desc(\([a-z]*\)))/generic_handle_irq(\1)/' irq_sim.c
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >>irq_sim.c
echo 'obj-m := irq_sim.o gpio-sim.o' >Kbuild
make -s -C "/usr/src/linux-headers-$release" M="$PWD" CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
