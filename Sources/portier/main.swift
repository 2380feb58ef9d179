import Glibc
import Tool

exit(Tool.runProcess())
