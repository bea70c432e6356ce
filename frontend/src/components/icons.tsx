import SvgIcon, { type SvgIconProps } from '@mui/material/SvgIcon'

/** Own line icons on a 24 grid, so that no icon package has to be installed for thirty drawings. */
function line(path: string, name: string) {
  function Icon(props: SvgIconProps) {
    return (
      <SvgIcon {...props}>
        <path d={path} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
      </SvgIcon>
    )
  }
  Icon.displayName = name
  return Icon
}

export const MenuIcon = line('M4 7h16M4 12h16M4 17h10', 'MenuIcon')
export const PlusIcon = line('M12 5v14M5 12h14', 'PlusIcon')
export const CloseIcon = line('M6 6l12 12M18 6L6 18', 'CloseIcon')
export const CheckIcon = line('M5 12.5l4.5 4.5L19 7.5', 'CheckIcon')
export const SearchIcon = line('M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16.2 16.2L20 20', 'SearchIcon')
export const EditIcon = line('M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1zM14.5 6.5l3 3', 'EditIcon')
export const TrashIcon = line('M4 7h16M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5', 'TrashIcon')
export const MoreIcon = line('M5.5 12h.01M12 12h.01M18.5 12h.01', 'MoreIcon')
export const SendIcon = line('M12 19.5V5M5.5 11.5L12 5l6.5 6.5', 'SendIcon')
export const StopIcon = line('M8 8h8v8H8z', 'StopIcon')
export const CopyIcon = line('M9 9h11v11H9zM5 15H4V4h11v1', 'CopyIcon')
export const BookIcon = line('M5 4.5h10.5A3.5 3.5 0 0 1 19 8v12H8a3 3 0 0 1-3-3V4.5zM5 17a3 3 0 0 1 3-3h11M9 8.5h6', 'BookIcon')
export const ChatIcon = line('M4 5.5h16v11H11l-4.5 3.5v-3.5H4z', 'ChatIcon')
export const TemplateIcon = line('M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4', 'TemplateIcon')
export const ChipIcon = line('M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4', 'ChipIcon')
export const PulseIcon = line('M3 12h4l2.5-6 4 12 2.5-6h5', 'PulseIcon')
export const SettingsIcon = line('M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4', 'SettingsIcon')
export const UserIcon = line('M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5', 'UserIcon')
export const UploadIcon = line('M12 15.5V4.5M7 9l5-4.5L17 9M4.5 16v3.5h15V16', 'UploadIcon')
export const FolderIcon = line('M3.5 6h6l2 2.5h9V19h-17z', 'FolderIcon')
export const DownloadIcon = line('M12 4.5v11M7 11l5 4.5 5-4.5M4.5 16v3.5h15V16', 'DownloadIcon')
export const RetryIcon = line('M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4.2h-4.2', 'RetryIcon')
export const ChevronIcon = line('M7 10l5 5 5-5', 'ChevronIcon')
export const BackIcon = line('M19 12H5M11 6l-6 6 6 6', 'BackIcon')
export const UpIcon = line('M12 19V5M6 11l6-6 6 6', 'UpIcon')
export const DownIcon = line('M12 5v14M6 13l6 6 6-6', 'DownIcon')
export const HistoryIcon = line('M4.5 12a7.5 7.5 0 1 0 2.3-5.4M4.5 3.5v4.2h4.2M12 8v4.5l3 2', 'HistoryIcon')
export const PlayIcon = line('M8 5.5l10 6.5-10 6.5z', 'PlayIcon')
export const SunIcon = line(
  'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  'SunIcon',
)
export const MoonIcon = line('M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z', 'MoonIcon')
export const AutoIcon = line('M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 4v16M15 5v14M18 7.5v9', 'AutoIcon')
export const LogoutIcon = line('M13 4.5H5v15h8M10 12h10M16.5 8.5L20 12l-3.5 3.5', 'LogoutIcon')
export const LanguageIcon = line('M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17', 'LanguageIcon')
export const FileIcon = line('M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5', 'FileIcon')
export const ThumbIcon = line('M4 11h3.5v9H4zM7.5 11l3.7-7.2c1.6 0 2.4 1.1 2.2 2.6L13 9.5h5c1.3 0 2.2 1.1 1.9 2.4l-1.5 6.3c-.3 1.1-1.1 1.8-2.2 1.8H7.5', 'ThumbIcon')
export const ThumbDownIcon = line('M20 13h-3.5V4H20zM16.5 13l-3.7 7.2c-1.6 0-2.4-1.1-2.2-2.6l.4-3.1H6c-1.3 0-2.2-1.1-1.900-2.400l1.5-6.3C5.900 4.700 6.700 4 7.800 4h8.700', 'ThumbDownIcon')
export const UsersIcon = line(
  'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19.5c.8-3.5 3.5-5 6.5-5s5.7 1.5 6.5 5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.9c1.9.8 3 2.3 3.5 4.6',
  'UsersIcon',
)
export const PinIcon = line('M9 4h6l-.8 6.2 3.3 3.3v1.5h-11v-1.5l3.3-3.3zM12 15v5.5', 'PinIcon')
export const ArchiveIcon = line('M4 5h16v4H4zM5.5 9v10h13V9M10 13h4', 'ArchiveIcon')
export const CheckListIcon = line('M4 6.5l1.5 1.5L8.5 5M4 16.5L5.5 18l3-3M12 7h8M12 17h8', 'CheckListIcon')
