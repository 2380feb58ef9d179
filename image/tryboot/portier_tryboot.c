// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/module/portier_tryboot/parameters/tryboot: whether a Pi's firmware boots, at the next reset and only then, what autoboot.txt has
 * under [tryboot].
 *
 * Debian's kernel drives the firmware's mailbox, but has no word for this flag; Raspberry Pi's own kernel sets it by the argument of
 * reboot(2). The tags are those of its include/soc/bcm2835/raspberrypi-firmware.h.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

enum { GET_REBOOT_FLAGS = 0x00030064, SET_REBOOT_FLAGS = 0x00038064 };
/* The only flag that there is. */
enum { TRYBOOT = 1 };

static struct rpi_firmware *firmware;

static int set_tryboot(const char *text, const struct kernel_param *parameter)
{
	bool wanted;
	u32 flags;
	int error = kstrtobool(text, &wanted);

	if (error)
		return error;
	if (!firmware)
		return -ENODEV;
	flags = wanted ? TRYBOOT : 0;
	return rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags));
}

static int get_tryboot(char *text, const struct kernel_param *parameter)
{
	u32 flags = 0;
	int error;

	if (!firmware)
		return -ENODEV;
	error = rpi_firmware_property(firmware, GET_REBOOT_FLAGS, &flags, sizeof(flags));
	return error ? error : sysfs_emit(text, "%d\n", !!(flags & TRYBOOT));
}

static const struct kernel_param_ops tryboot = { .set = set_tryboot, .get = get_tryboot };
module_param_cb(tryboot, &tryboot, NULL, 0600);

static int __init start(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");

	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	return firmware ? 0 : -ENODEV;
}

static void __exit stop(void)
{
	rpi_firmware_put(firmware);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("A Raspberry Pi's firmware boots another slot, once");
MODULE_LICENSE("GPL");
