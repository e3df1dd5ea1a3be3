iptables -F
stop() {
	iptables -X
}
----
rules:2:5: error: functions and subshells are the shell's: run the script, and give tamiz what iptables-save prints then [shell]
  stop() {
      ^
