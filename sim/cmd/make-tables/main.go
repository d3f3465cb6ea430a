// Make-tables writes the built-in tables from a folder of recorded bodies, named
// by --data or CLEDIT_DATA. The same folder gives the same tables.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "make-tables:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var data, out string
	cmd := &cobra.Command{
		Use: "make-tables", Short: "Write the built-in tables from a folder of recorded bodies",
		Args: cobra.NoArgs, SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(data)
			if err != nil {
				return err
			}
			chosen := s.choose()
			if err := chosen.write(out); err != nil {
				return err
			}
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), chosen); err != nil {
				return fmt.Errorf("reporting: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", os.Getenv("CLEDIT_DATA"), "folder of recorded bodies")
	cmd.Flags().StringVar(&out, "out", "tables", "folder to write to")
	return cmd
}
