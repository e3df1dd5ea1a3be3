iptables -P INPUT DROP
for i in 1 2; do
	iptables -A INPUT -j DROP
done
----
rules:2:1: error: 'for' is for a shell: run the script, and give tamiz what iptables-save prints then [shell]
  for i in 1 2; do
  ^~~
